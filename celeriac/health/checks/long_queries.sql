-- A statement that runs for minutes is often one that nobody waits for any more.
SELECT
    pid,
    coalesce(usename, '?')::text AS username,
    extract(epoch FROM clock_timestamp() - query_start)::float8 AS seconds,
    left(query, 200) AS query
FROM pg_stat_activity
WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
ORDER BY query_start, pid
LIMIT 50;
