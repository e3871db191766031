-- One page of the ledger, newest first: the primary key is walked backwards from the cursor, so that the ten
-- thousandth row costs what the first does.
SELECT
    id, kind, state, state_since, created_at, deadline, schema_name, table_name, index_name, ddl, origin, reason,
    actor, last_error, size_bytes, size_bytes_estimated, build_seconds,
    (promised ->> 'saving_ms_per_hour')::float8 AS promised_ms_per_hour,
    (promised ->> 'saving_ratio')::float8 AS promised_ratio,
    promised ->> 'sureness' AS sureness,
    jsonb_array_length(coalesce(promised -> 'fingerprints', '[]')) AS statements_helped,
    (evidence ->> 'saved_ms_per_hour')::float8 AS measured_ms_per_hour,
    evidence ->> 'reason' AS verdict
FROM celeriac.change
WHERE target = :target
    AND (CAST(:states AS text[]) IS NULL OR state = ANY(CAST(:states AS text[])))
    AND (CAST(:table AS text) IS NULL OR table_name = :table OR schema_name || '.' || table_name = :table)
    AND (CAST(:before AS bigint) IS NULL OR id < CAST(:before AS bigint))
    AND (CAST(:fingerprint AS text) IS NULL OR promised -> 'fingerprints' ? CAST(:fingerprint AS text)
        OR evidence -> 'statements' @> jsonb_build_array(jsonb_build_object('fingerprint', CAST(:fingerprint AS text))))
ORDER BY id DESC
LIMIT :limit;
