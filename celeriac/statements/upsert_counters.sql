-- The counters that moved since the last capture; the next window is subtracted from them.
INSERT INTO celeriac.statement_counter AS known (target, user_id, query_id, top_level, fingerprint, counters)
SELECT :target, user_id, query_id, top_level, fingerprint, counters
FROM jsonb_to_recordset(CAST(:documents AS jsonb)) AS document (
    user_id bigint, query_id bigint, top_level boolean, fingerprint text, counters jsonb
)
ON CONFLICT (target, user_id, query_id, top_level) DO UPDATE
SET fingerprint = excluded.fingerprint, counters = excluded.counters;
