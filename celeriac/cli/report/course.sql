-- What the statements that are shown took in steps of equal length: one look into the primary key an hour or window.
WITH bounds AS (
    SELECT
        CAST(:now AS timestamptz) - CAST(:span AS interval) AS since,
        coalesce(
            (SELECT max(at) + interval '1 hour' FROM celeriac.statement_hour
             WHERE target = :target AND fingerprint = '*' AND CAST(:by_hour AS boolean)),
            '-infinity'
        ) AS folded_until
), shown AS (
    SELECT unnest(CAST(:fingerprints AS text[])) AS fingerprint
), captured AS (
    SELECT id, ended_at AS at
    FROM celeriac.statement_window, bounds
    WHERE target = :target AND started_at IS NOT NULL AND ended_at > since AND ended_at >= folded_until
), parts AS (
    SELECT w.fingerprint, c.at, w.total_ms
    FROM captured AS c
    JOIN celeriac.window_statement AS w ON w.window_id = c.id AND w.fingerprint = ANY(CAST(:fingerprints AS text[]))
    UNION ALL
    SELECT shown.fingerprint, hour.at, h.total_ms
    FROM shown
    CROSS JOIN unnest(CAST(:hours AS timestamptz[])) AS hour (at)
    CROSS JOIN LATERAL (
        SELECT total_ms
        FROM celeriac.statement_hour
        WHERE target = :target AND at = hour.at AND fingerprint = shown.fingerprint
            AND at < (SELECT folded_until FROM bounds)
        OFFSET 0 -- or else the planner takes a pass over every statement for it
    ) AS h
)
SELECT
    fingerprint,
    floor(extract(epoch FROM at) / CAST(:step_s AS float8))::bigint AS step,
    sum(total_ms) AS total_ms
FROM parts
GROUP BY 1, 2
ORDER BY 1, 2;
