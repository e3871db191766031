-- The course of some statements in steps of equal length: one look into the primary key a window and statement, and
-- where the steps are hours or more, one an hour.
WITH bounds AS (
    SELECT
        CAST(:since AS timestamptz) AS since,
        CAST(:until AS timestamptz) AS until,
        coalesce(
            (SELECT max(at) + interval '1 hour' FROM celeriac.statement_hour
             WHERE target = :target AND fingerprint = '*' AND CAST(:by_hour AS boolean)),
            '-infinity'
        ) AS folded_until
), parts AS (
    SELECT
        w.fingerprint, c.ended_at AS at, w.calls, w.total_ms, w.rows, w.shared_hit_blocks AS hit,
        w.shared_read_blocks AS read, w.wal_bytes
    FROM bounds, celeriac.statement_window AS c
    JOIN celeriac.window_statement AS w ON w.window_id = c.id AND w.fingerprint = ANY(CAST(:fingerprints AS text[]))
    WHERE c.target = :target AND c.started_at IS NOT NULL AND c.ended_at > since AND c.ended_at <= until
        AND c.ended_at >= folded_until
    UNION ALL
    SELECT
        h.fingerprint, h.at, h.calls, h.total_ms, h.rows, h.shared_hit_blocks, h.shared_read_blocks, h.wal_bytes
    FROM bounds, celeriac.statement_hour AS h
    WHERE h.target = :target AND h.at >= since AND h.at < until AND h.at < folded_until
        AND h.fingerprint = ANY(CAST(:fingerprints AS text[]))
)
SELECT
    fingerprint,
    to_timestamp(floor(extract(epoch FROM at) / CAST(:step_s AS float8)) * CAST(:step_s AS float8)) AS at,
    sum(calls)::bigint AS calls,
    sum(total_ms) AS total_ms,
    sum(rows)::bigint AS rows,
    sum(hit + read)::bigint AS blocks,
    sum(hit)::bigint AS hit,
    sum(wal_bytes)::bigint AS wal_bytes
FROM parts
GROUP BY fingerprint, 2
ORDER BY fingerprint, 2;
