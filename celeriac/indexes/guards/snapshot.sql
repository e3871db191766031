-- CONCURRENTLY waits for every transaction of this database that holds an older snapshot, for every one that has
-- locked the table, and for prepared ones, which no session ends by leaving.
SELECT holder, age_s
FROM (
    SELECT 'process ' || a.pid AS holder,
           extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8 AS age_s
    FROM pg_catalog.pg_stat_activity AS a
    WHERE a.datname = pg_catalog.current_database()
      AND a.backend_type <> 'autovacuum worker'
      AND a.pid NOT IN (:own_pid, pg_catalog.pg_backend_pid())
      AND (
          a.backend_xmin IS NOT NULL
          OR EXISTS (
              SELECT FROM pg_catalog.pg_locks AS l
              JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
              JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
              WHERE l.pid = a.pid AND n.nspname = :schema AND c.relname = :table
          )
      )
    UNION ALL
    SELECT 'prepared transaction ' || p.gid,
           extract(epoch FROM pg_catalog.clock_timestamp() - p.prepared)::float8
    FROM pg_catalog.pg_prepared_xacts AS p
    WHERE p.database = pg_catalog.current_database()
) AS held
WHERE age_s IS NOT NULL
ORDER BY age_s DESC
LIMIT 1
