-- Sessions at work right now, in any database of the server: a build competes with all of them.
SELECT count(*)
FROM pg_catalog.pg_stat_activity
WHERE state = 'active'
  AND backend_type = 'client backend'
  AND pid NOT IN (:own_pid, pg_catalog.pg_backend_pid())
