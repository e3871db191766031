-- That a statement still runs; noted once an hour, since a row written on each capture would be the main write here.
UPDATE celeriac.statement
SET last_seen = clock_timestamp()
WHERE target = :target
    AND fingerprint = ANY(CAST(:fingerprints AS text[]))
    AND last_seen < clock_timestamp() - interval '1 hour';
