-- The stretch of time that the chosen windows cover; starting points hold nothing and are left out.
SELECT
    min(started_at) AS started_at,
    max(ended_at) AS ended_at,
    bool_and(complete) AS complete,
    array_agg(id) AS ids,
    array_agg((server -> 'other')::text) AS others
FROM celeriac.statement_window
WHERE target = :target
    AND started_at IS NOT NULL
    AND (CAST(:since AS timestamptz) IS NULL OR started_at >= CAST(:since AS timestamptz))
    AND (CAST(:until AS timestamptz) IS NULL OR ended_at <= CAST(:until AS timestamptz))
    AND (CAST(:after_id AS bigint) IS NULL OR id > CAST(:after_id AS bigint))
    AND (CAST(:up_to_id AS bigint) IS NULL OR id <= CAST(:up_to_id AS bigint));
