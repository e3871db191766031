-- Samples of complete minutes, from shortly before the newest minute that is folded; the same bounds give the same rows.
INSERT INTO celeriac.metric_rollup AS r (series_id, step, at, count, sum, minimum, maximum, last)
SELECT
    m.series_id,
    :step,
    date_trunc(:step, m.at, 'UTC'),
    count(*),
    sum(m.value),
    min(m.value),
    max(m.value),
    (array_agg(m.value ORDER BY m.at DESC))[1]
FROM celeriac.metric_series AS s
JOIN celeriac.metric_sample AS m ON m.series_id = s.id
WHERE s.target = :target
  AND m.at < date_trunc(:step, coalesce(CAST(:now AS timestamptz), now()), 'UTC')
  AND m.at >= coalesce((
      SELECT max(newest.at) - CAST(:again AS interval)
      FROM celeriac.metric_series AS t
      CROSS JOIN LATERAL (
          SELECT p.at FROM celeriac.metric_rollup AS p
          WHERE p.series_id = t.id AND p.step = :step ORDER BY p.at DESC LIMIT 1
      ) AS newest
      WHERE t.target = :target
  ), '-infinity')
GROUP BY m.series_id, date_trunc(:step, m.at, 'UTC')
ON CONFLICT (series_id, step, at) DO UPDATE
SET count = excluded.count, sum = excluded.sum, minimum = excluded.minimum, maximum = excluded.maximum,
    last = excluded.last;
