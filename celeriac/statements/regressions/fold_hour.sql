-- Windows go after a week; an hour of each statement stays, with how much its windows varied within it. What all
-- statements have in common in a window is the load of the machine and taken out; so is what so few calls vary by chance.
WITH captured AS MATERIALIZED (
    SELECT
        id,
        floor(extract(epoch FROM ended_at) / :window_s) AS bucket,
        extract(epoch FROM ended_at - started_at) AS seconds,
        server -> 'other' AS other
    FROM celeriac.statement_window
    WHERE target = :target
        AND started_at IS NOT NULL
        AND ended_at >= CAST(:at AS timestamptz)
        AND ended_at < CAST(:at AS timestamptz) + interval '1 hour'
), bucketed AS MATERIALIZED (
    SELECT
        c.bucket, w.fingerprint,
        sum(calls::float8) AS calls, sum(total_ms) AS total_ms, sum(square_ms2) AS square_ms2, sum(rows::float8) AS rows,
        sum(shared_hit_blocks::float8) AS shared_hit_blocks, sum(shared_read_blocks::float8) AS shared_read_blocks,
        sum(shared_dirtied_blocks::float8) AS shared_dirtied_blocks, sum(shared_written_blocks::float8) AS shared_written_blocks,
        sum(temp_blocks::float8) AS temp_blocks, sum(io_ms) AS io_ms, sum(wal_bytes::float8) AS wal_bytes, sum(plan_ms) AS plan_ms
    FROM captured AS c
    JOIN celeriac.window_statement AS w ON w.window_id = c.id
    GROUP BY c.bucket, w.fingerprint
    HAVING sum(calls) > 0
), summed AS (
    SELECT
        fingerprint,
        sum(calls)::bigint AS calls, sum(total_ms) AS total_ms, sum(square_ms2) AS square_ms2,
        sum(rows)::bigint AS rows, sum(shared_hit_blocks)::bigint AS shared_hit_blocks,
        sum(shared_read_blocks)::bigint AS shared_read_blocks,
        sum(shared_dirtied_blocks)::bigint AS shared_dirtied_blocks,
        sum(shared_written_blocks)::bigint AS shared_written_blocks, sum(temp_blocks)::bigint AS temp_blocks,
        sum(io_ms) AS io_ms, sum(wal_bytes)::bigint AS wal_bytes, sum(plan_ms) AS plan_ms,
        avg(1.0 / calls)::float8 AS chance_calls,
        avg(1.0 / calls) FILTER (WHERE calls >= 5)::float8 AS chance_time
    FROM bucketed
    GROUP BY fingerprint
), logs AS MATERIALIZED (
    SELECT bucket, fingerprint, 'calls' AS figure, ln(calls)::float8 AS value FROM bucketed
    UNION ALL
    SELECT bucket, fingerprint, 'time', ln(total_ms / calls::float8) FROM bucketed WHERE calls >= 5 AND total_ms > 0
), levels AS MATERIALIZED (
    SELECT figure, fingerprint, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS level
    FROM logs
    GROUP BY figure, fingerprint
    HAVING count(*) >= 4
), own AS MATERIALIZED (
    SELECT l.figure, l.bucket, l.fingerprint, l.value - v.level AS value
    FROM logs AS l
    JOIN levels AS v USING (figure, fingerprint)
), common AS MATERIALIZED (
    SELECT figure, bucket, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS value
    FROM own
    GROUP BY figure, bucket
    HAVING count(*) >= 5
), spread AS (
    SELECT
        o.figure, o.fingerprint,
        1.4826 * percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(o.value - coalesce(c.value, 0))) AS deviation
    FROM own AS o
    LEFT JOIN common AS c USING (figure, bucket)
    GROUP BY o.figure, o.fingerprint
), hour AS (
    SELECT
        coalesce(sum(seconds), 0)::float8 AS seconds,
        coalesce(sum((other ->> 'calls')::bigint), 0)::bigint AS calls,
        coalesce(sum((other ->> 'total_ms')::float8), 0) AS total_ms
    FROM captured
)
INSERT INTO celeriac.statement_hour (
    target, at, fingerprint, seconds, calls, total_ms, square_ms2, rows, shared_hit_blocks, shared_read_blocks,
    shared_dirtied_blocks, shared_written_blocks, temp_blocks, io_ms, wal_bytes, plan_ms, time_flutter, calls_flutter
)
SELECT
    :target, CAST(:at AS timestamptz), s.fingerprint, hour.seconds, s.calls, s.total_ms, s.square_ms2, s.rows,
    s.shared_hit_blocks, s.shared_read_blocks, s.shared_dirtied_blocks, s.shared_written_blocks, s.temp_blocks,
    s.io_ms, s.wal_bytes, s.plan_ms,
    coalesce(sqrt(greatest(0, time.deviation ^ 2
        - greatest(0, s.square_ms2 * s.calls / nullif(s.total_ms ^ 2, 0) - 1) * s.chance_time)), 0),
    coalesce(sqrt(greatest(0, calls.deviation ^ 2 - s.chance_calls)), 0)
FROM summed AS s
CROSS JOIN hour
LEFT JOIN spread AS time ON time.figure = 'time' AND time.fingerprint = s.fingerprint
LEFT JOIN spread AS calls ON calls.figure = 'calls' AND calls.fingerprint = s.fingerprint
UNION ALL
SELECT :target, CAST(:at AS timestamptz), '*', seconds, calls, total_ms, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM hour
ON CONFLICT (target, at, fingerprint) DO NOTHING;
