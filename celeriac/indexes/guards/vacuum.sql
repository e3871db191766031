-- Vacuum and a concurrent build exclude each other; a plain autovacuum yields, the others do not.
SELECT p.pid,
       a.backend_type = 'autovacuum worker' AS automatic,
       coalesce(a.query LIKE '%to prevent wraparound%', false) AS against_wraparound
FROM pg_catalog.pg_stat_progress_vacuum AS p
JOIN pg_catalog.pg_class AS c ON c.oid = p.relid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_stat_activity AS a ON a.pid = p.pid
WHERE n.nspname = :schema AND c.relname = :table
