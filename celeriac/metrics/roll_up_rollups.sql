-- Complete hours from minutes, complete days from hours: sums and counts add up, so that the mean stays exact.
INSERT INTO celeriac.metric_rollup AS r (series_id, step, at, count, sum, minimum, maximum, last)
SELECT
    f.series_id,
    :step,
    date_trunc(:step, f.at, 'UTC'),
    sum(f.count),
    sum(f.sum),
    min(f.minimum),
    max(f.maximum),
    (array_agg(f.last ORDER BY f.at DESC))[1]
FROM celeriac.metric_series AS s
JOIN celeriac.metric_rollup AS f ON f.series_id = s.id AND f.step = :from_step
WHERE s.target = :target
  AND f.at < date_trunc(:step, coalesce(CAST(:now AS timestamptz), now()), 'UTC')
  AND f.at >= coalesce((
      SELECT max(newest.at) - CAST(:again AS interval)
      FROM celeriac.metric_series AS t
      CROSS JOIN LATERAL (
          SELECT p.at FROM celeriac.metric_rollup AS p
          WHERE p.series_id = t.id AND p.step = :step ORDER BY p.at DESC LIMIT 1
      ) AS newest
      WHERE t.target = :target
  ), '-infinity')
GROUP BY f.series_id, date_trunc(:step, f.at, 'UTC')
ON CONFLICT (series_id, step, at) DO UPDATE
SET count = excluded.count, sum = excluded.sum, minimum = excluded.minimum, maximum = excluded.maximum,
    last = excluded.last;
