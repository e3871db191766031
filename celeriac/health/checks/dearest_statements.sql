-- What the application asks most of the planner's time for; our own statements are no workload.
SELECT
    s.query AS text,
    s.total_exec_time AS total_ms
FROM pg_stat_statements(true) AS s
INNER JOIN pg_database AS d ON d.oid = s.dbid
WHERE d.datname = current_database() AND s.query NOT LIKE '%/* celeriac:%' AND s.query ~* '\mwhere\M'
ORDER BY s.total_exec_time DESC
LIMIT 100;
