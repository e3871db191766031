-- A plot of a week or a year: for each series the primary key (series, step, time) hands over just its rows, in order.
-- The inner order keeps the look-ups apart: joined freely, the planner would read every series' minutes for it.
SELECT s.id AS series_id, s.labels, r.at, r.mean, r.minimum, r.maximum, r.last
FROM celeriac.metric_series AS s
CROSS JOIN LATERAL (
    SELECT f.at, f.sum / f.count AS mean, f.minimum, f.maximum, f.last
    FROM celeriac.metric_rollup AS f
    WHERE f.series_id = s.id AND f.step = :step AND f.at >= :since AND f.at < :until
    ORDER BY f.at
) AS r
WHERE s.target = :target
  AND s.name = :name
  AND s.labels @> CAST(:labels AS jsonb)
ORDER BY s.id, r.at;
