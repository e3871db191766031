-- Samples past their keep, except those that the next folding may still read.
DELETE FROM celeriac.metric_sample
WHERE ctid = ANY (ARRAY(
    SELECT m.ctid
    FROM celeriac.metric_series AS s
    JOIN celeriac.metric_sample AS m ON m.series_id = s.id
    WHERE s.target = :target
      AND m.at < now() - CAST(:keep AS interval)
      AND m.at < coalesce((
          SELECT max(newest.at) - interval '5 minutes'
          FROM celeriac.metric_series AS t
          CROSS JOIN LATERAL (
              SELECT p.at FROM celeriac.metric_rollup AS p
              WHERE p.series_id = t.id AND p.step = 'minute' ORDER BY p.at DESC LIMIT 1
          ) AS newest
          WHERE t.target = :target
      ), '-infinity')
    LIMIT :most
));
