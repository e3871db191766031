-- A plot of a week or a year: the primary key (series, step, time) hands over just its rows, in order.
SELECT r.series_id, s.labels, r.at, r.sum / r.count AS mean, r.minimum, r.maximum, r.last
FROM celeriac.metric_series AS s
JOIN celeriac.metric_rollup AS r ON r.series_id = s.id
WHERE s.target = :target
  AND s.name = :name
  AND s.labels @> CAST(:labels AS jsonb)
  AND r.step = :step
  AND r.at >= :since
  AND r.at < :until
ORDER BY r.series_id, r.at;
