-- The statements whose plans are worth remembering, and when they were looked at last.
SELECT h.fingerprint, s.text, p.seen_at
FROM celeriac.statement_hour AS h
JOIN celeriac.statement AS s ON s.target = h.target AND s.fingerprint = h.fingerprint
LEFT JOIN celeriac.statement_plan AS p ON p.target = h.target AND p.fingerprint = h.fingerprint
WHERE h.target = :target
    AND h.at = (SELECT max(at) FROM celeriac.statement_hour WHERE target = :target)
    AND NOT EXISTS (
        SELECT FROM celeriac.regression AS r
        WHERE r.target = h.target AND r.fingerprint = h.fingerprint AND r.resolved_at IS NULL
    )
ORDER BY h.total_ms DESC
LIMIT :most;
