-- A text is stored once its statement weighs enough to be in a window: an application may know thousands that never run.
SELECT fingerprint
FROM unnest(CAST(:fingerprints AS text[])) AS ran (fingerprint)
WHERE NOT EXISTS (
    SELECT FROM celeriac.statement WHERE target = :target AND statement.fingerprint = ran.fingerprint
);
