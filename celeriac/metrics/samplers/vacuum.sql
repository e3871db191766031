-- Vacuums that run, and how far each is: one that cannot keep up is seen here before its table bloats.
SELECT
    n.nspname AS schema,
    c.relname AS name,
    p.phase,
    CASE WHEN p.heap_blks_total > 0 THEN p.heap_blks_scanned::float8 / p.heap_blks_total ELSE 0 END AS ratio,
    a.backend_type = 'autovacuum worker' AS automatic
FROM pg_stat_progress_vacuum AS p
JOIN pg_stat_activity AS a ON a.pid = p.pid
LEFT JOIN pg_class AS c ON c.oid = p.relid
LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE p.datname = current_database()
ORDER BY p.heap_blks_total DESC
LIMIT 20;
