-- Texts that ran for the first time, or again after they were pruned.
INSERT INTO celeriac.statement (target, fingerprint, role, text)
SELECT :target, fingerprint, role, text
FROM jsonb_to_recordset(CAST(:documents AS jsonb)) AS document (fingerprint text, role text, text text)
ON CONFLICT (target, fingerprint) DO NOTHING;
