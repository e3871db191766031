-- The last day as it was taken.
SELECT m.series_id, s.labels, m.at, m.value AS mean, m.value AS minimum, m.value AS maximum, m.value AS last
FROM celeriac.metric_series AS s
JOIN celeriac.metric_sample AS m ON m.series_id = s.id
WHERE s.target = :target
  AND s.name = :name
  AND s.labels @> CAST(:labels AS jsonb)
  AND m.at >= :since
  AND m.at < :until
ORDER BY m.series_id, m.at;
