-- One forgotten lock stops everyone who queues behind it.
SELECT
    waiting.pid,
    blocker.pid AS blocker,
    extract(epoch FROM clock_timestamp() - waiting.state_change)::float8 AS seconds
FROM pg_stat_activity AS waiting
CROSS JOIN LATERAL unnest(pg_blocking_pids(waiting.pid)) AS blocker (pid)
WHERE waiting.wait_event_type = 'Lock' AND blocker.pid <> 0
ORDER BY waiting.state_change, waiting.pid, blocker.pid
LIMIT 500;
