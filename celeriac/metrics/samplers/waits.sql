-- What running sessions wait for, by event, and who waits for a lock: a sample of what statements spend their time on.
-- A session that runs without waiting counts as cpu, which it has or stands in line for.
WITH sessions AS MATERIALIZED (
    SELECT pid, state, wait_event_type, wait_event, query_start, state_change, clock_timestamp() AS now
    FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state = 'active'
), waiting AS MATERIALIZED (
    SELECT
        l.pid,
        CASE WHEN l.locktype IN ('relation', 'transactionid', 'tuple', 'advisory', 'virtualxid') THEN l.locktype
             ELSE 'other' END AS kind
    FROM pg_locks AS l
    WHERE NOT l.granted
)
(
    SELECT 'event' AS family, coalesce(lower(wait_event_type), 'cpu') AS type, coalesce(wait_event, 'cpu') AS label,
           count(*)::float8 AS value
    FROM sessions
    GROUP BY wait_event_type, wait_event
    ORDER BY count(*) DESC, label
    LIMIT :events
)
UNION ALL
SELECT 'lock', k.kind, k.kind, count(w.pid)::float8
FROM (VALUES ('relation'), ('transactionid'), ('tuple'), ('advisory'), ('virtualxid'), ('other')) AS k (kind)
LEFT JOIN waiting AS w ON w.kind = k.kind
GROUP BY k.kind
UNION ALL
SELECT 'longest', NULL, NULL, coalesce(max(extract(epoch FROM s.now - greatest(s.query_start, s.state_change))), 0)
FROM waiting AS w
JOIN sessions AS s ON s.pid = w.pid
UNION ALL
SELECT 'blocking', NULL, NULL, count(DISTINCT blocker)::float8
FROM (SELECT DISTINCT pid FROM waiting LIMIT 50) AS w  -- each look at it stops the lock table for a moment
CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS b (blocker);
