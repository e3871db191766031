-- Two index builds in one database share disk and memory, and each waits for the other's snapshot.
SELECT p.pid, c.relname AS table_name
FROM pg_catalog.pg_stat_progress_create_index AS p
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = p.relid
WHERE p.datname = pg_catalog.current_database()
  AND p.pid NOT IN (:own_pid, pg_catalog.pg_backend_pid())
ORDER BY p.pid
