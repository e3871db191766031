-- Which tables the workload reads most, for a server without a snapshot: the statistics survive a clean restart.
SELECT s.schemaname AS schema, s.relname AS name
FROM pg_statio_user_tables AS s
WHERE s.heap_blks_read + s.heap_blks_hit > 0
ORDER BY
    s.heap_blks_read + s.heap_blks_hit + coalesce(s.idx_blks_read, 0) + coalesce(s.idx_blks_hit, 0) DESC,
    s.schemaname,
    s.relname
LIMIT :relations;
