-- A server out of connections refuses the application and the operator alike.
SELECT
    sum(numbackends)::int AS used,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS allowed
FROM pg_stat_database;
