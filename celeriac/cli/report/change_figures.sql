-- How many changes reached which state in a span, and what those that stand save.
SELECT
    state,
    count(*) AS changes,
    count(*) FILTER (WHERE state_since >= CAST(:since AS timestamptz)) AS reached,
    coalesce(sum((promised ->> 'saving_ms_per_hour')::float8), 0) AS promised_ms_per_hour,
    coalesce(sum((evidence ->> 'saved_ms_per_hour')::float8), 0) AS saved_ms_per_hour,
    coalesce(
        sum((evidence ->> 'saved_ms_per_hour')::float8) FILTER (WHERE state_since >= CAST(:since AS timestamptz)), 0
    ) AS saved_since_ms_per_hour
FROM celeriac.change
WHERE target = :target
GROUP BY state
ORDER BY state;
