-- Hours that ended, hold captures and were not folded yet; a few at once, since a first run may find a week of them.
SELECT DISTINCT date_trunc('hour', ended_at, 'UTC') AS at
FROM celeriac.statement_window
WHERE target = :target
    AND started_at IS NOT NULL
    AND ended_at >= coalesce(
        (SELECT max(at) + interval '1 hour' FROM celeriac.statement_hour WHERE target = :target), '-infinity')
    AND ended_at < date_trunc('hour', CAST(:captured AS timestamptz), 'UTC')
ORDER BY at
LIMIT :most;
