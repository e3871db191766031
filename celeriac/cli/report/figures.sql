-- What every statement did in a span, and what all did at each instant, in one pass: hours that were folded stand for
-- their windows, sixty times as many rows. The statement `*` is what was captured and the load that nobody is named for.
WITH bounds AS (
    SELECT
        CAST(:now AS timestamptz) - CAST(:span AS interval) AS since,
        coalesce(
            (SELECT max(at) + interval '1 hour' FROM celeriac.statement_hour
             WHERE target = :target AND fingerprint = '*' AND CAST(:by_hour AS boolean)),
            '-infinity'
        ) AS folded_until
), captured AS (
    SELECT id, ended_at AS at, extract(epoch FROM ended_at - started_at)::float8 AS seconds, server -> 'other' AS other
    FROM celeriac.statement_window, bounds
    WHERE target = :target AND started_at IS NOT NULL AND ended_at > since AND ended_at >= folded_until
), parts AS (
    SELECT
        w.fingerprint, c.at, 0.0::float8 AS seconds, w.calls, w.total_ms, w.shared_hit_blocks AS hit,
        w.shared_read_blocks AS read
    FROM captured AS c
    JOIN celeriac.window_statement AS w ON w.window_id = c.id
    UNION ALL
    SELECT
        '*', at, seconds, (other ->> 'calls')::bigint, (other ->> 'total_ms')::float8,
        (other ->> 'shared_hit_blocks')::bigint, (other ->> 'shared_read_blocks')::bigint
    FROM captured
    UNION ALL
    SELECT
        fingerprint, at, CASE fingerprint WHEN '*' THEN seconds ELSE 0 END, calls, total_ms, shared_hit_blocks,
        shared_read_blocks
    FROM celeriac.statement_hour, bounds
    WHERE target = :target AND at >= since AND at < folded_until
)
SELECT
    fingerprint,
    at,
    sum(seconds) AS seconds,
    coalesce(sum(calls), 0)::bigint AS calls,
    coalesce(sum(total_ms), 0) AS total_ms,
    coalesce(sum(hit), 0)::bigint AS hit,
    coalesce(sum(read), 0)::bigint AS read
FROM parts
GROUP BY GROUPING SETS ((fingerprint), (at));
