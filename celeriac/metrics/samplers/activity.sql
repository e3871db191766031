-- Connections run out before anything else does, and one forgotten transaction stops vacuum for everybody.
-- States and waits that nobody is in are reported as 0: a series that stops looks like the last value for ever.
WITH sessions AS MATERIALIZED (
    SELECT state, wait_event_type, xact_start, query_start, state_change, clock_timestamp() AS now
    FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
)
SELECT 'state' AS family, replace(s.state, ' ', '_') AS label, count(a.state)::float8 AS value
FROM (VALUES ('active'), ('idle'), ('idle in transaction'), ('idle in transaction (aborted)')) AS s (state)
LEFT JOIN sessions AS a ON a.state = s.state
GROUP BY s.state
UNION ALL
SELECT 'wait', lower(w.wait), count(a.state)::float8
FROM (VALUES ('Lock'), ('LWLock'), ('BufferPin'), ('IO'), ('IPC'), ('Timeout'), ('Extension'), ('Client')) AS w (wait)
LEFT JOIN sessions AS a ON a.wait_event_type = w.wait AND a.state = 'active'
GROUP BY w.wait
UNION ALL
SELECT 'limit', NULL, current_setting('max_connections')::float8
UNION ALL
SELECT 'transaction', NULL, coalesce(max(extract(epoch FROM now - xact_start)), 0)::float8 FROM sessions
UNION ALL
SELECT 'idle', NULL, coalesce(max(extract(epoch FROM now - state_change)), 0)::float8
FROM sessions WHERE state LIKE 'idle in transaction%'
UNION ALL
SELECT 'query', NULL, coalesce(max(extract(epoch FROM now - query_start)), 0)::float8
FROM sessions WHERE state = 'active';
