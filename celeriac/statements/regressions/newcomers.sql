-- Statements whose text was not known a day ago; one that was pruned and came back was known, and has hours.
SELECT s.fingerprint
FROM celeriac.statement AS s
WHERE s.target = :target
    AND s.fingerprint = ANY(CAST(:fingerprints AS text[]))
    AND s.first_seen > CAST(:since AS timestamptz);
