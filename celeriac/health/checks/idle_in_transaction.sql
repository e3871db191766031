-- An open transaction holds its locks, and keeps vacuum from removing whatever died since.
SELECT
    pid,
    coalesce(usename, '?')::text AS username,
    extract(epoch FROM clock_timestamp() - state_change)::float8 AS seconds,
    left(query, 200) AS query
FROM pg_stat_activity
WHERE state IN ('idle in transaction', 'idle in transaction (aborted)') AND pid <> pg_backend_pid()
ORDER BY state_change, pid
LIMIT 50;
