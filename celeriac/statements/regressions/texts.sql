-- What the statements that got slower say, and the plan they had.
SELECT s.fingerprint, s.text, p.shape
FROM celeriac.statement AS s
LEFT JOIN celeriac.statement_plan AS p ON p.target = s.target AND p.fingerprint = s.fingerprint
WHERE s.target = :target AND s.fingerprint = ANY(CAST(:fingerprints AS text[]));
