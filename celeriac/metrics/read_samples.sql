-- The last day as it was taken; the inner order keeps the look-ups of each series apart.
SELECT s.id AS series_id, s.labels, m.at, m.value AS mean, m.value AS minimum, m.value AS maximum, m.value AS last
FROM celeriac.metric_series AS s
CROSS JOIN LATERAL (
    SELECT f.at, f.value
    FROM celeriac.metric_sample AS f
    WHERE f.series_id = s.id AND f.at >= :since AND f.at < :until
    ORDER BY f.at
) AS m
WHERE s.target = :target
  AND s.name = :name
  AND s.labels @> CAST(:labels AS jsonb)
ORDER BY s.id, m.at;
