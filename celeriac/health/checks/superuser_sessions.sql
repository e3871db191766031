-- A superuser's statement can read any file and run any program: an application needs none of it. People at a terminal
-- and tools that back up or maintain are meant to have it.
SELECT
    a.usename::text AS role,
    coalesce(nullif(a.application_name, ''), 'an application without a name') AS application,
    count(*)::int AS sessions
FROM pg_stat_activity AS a
INNER JOIN pg_roles AS r ON r.oid = a.usesysid
WHERE
    r.rolsuper AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
    AND a.application_name !~* '^(psql|pg_|pgadmin|pgbackrest|barman|patroni|repmgr|vacuumdb|reindexdb|dbeaver|celeriac)'
GROUP BY 1, 2
ORDER BY sessions DESC, role, application
LIMIT 20;
