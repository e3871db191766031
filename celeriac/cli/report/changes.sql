-- What moved since an instant or is still open, what is worth most first; what was never begun is told by its count.
SELECT
    id, kind, state, state_since, schema_name || '.' || table_name AS table, ddl, reason, deadline, last_error,
    evidence ->> 'reason' AS verdict,
    (promised ->> 'saving_ms_per_hour')::float8 AS promised_ms_per_hour,
    (evidence ->> 'saved_ms_per_hour')::float8 AS measured_ms_per_hour,
    coalesce(size_bytes, size_bytes_estimated) AS size_bytes,
    CASE kind WHEN 'rebuild' THEN (promised ->> 'size_bytes')::bigint END AS size_bytes_before,
    count(*) OVER () AS found
FROM celeriac.change
WHERE target = :target
    AND state = ANY(CAST(:states AS text[]))
    AND (state_since >= CAST(:since AS timestamptz) OR state <> ALL(CAST(:settled AS text[])))
ORDER BY
    coalesce((evidence ->> 'saved_ms_per_hour')::float8, (promised ->> 'saving_ms_per_hour')::float8) DESC NULLS LAST,
    id DESC
LIMIT :limit;
