-- Roll-ups past their keep, except those that the next folding into the coarser step may still read.
DELETE FROM celeriac.metric_rollup
WHERE ctid = ANY (ARRAY(
    SELECT r.ctid
    FROM celeriac.metric_series AS s
    JOIN celeriac.metric_rollup AS r ON r.series_id = s.id AND r.step = :step
    WHERE s.target = :target
      AND r.at < now() - CAST(:keep AS interval)
      AND (CAST(:coarser AS text) IS NULL OR r.at < coalesce((
          SELECT max(newest.at) - CAST(:again AS interval)
          FROM celeriac.metric_series AS t
          CROSS JOIN LATERAL (
              SELECT p.at FROM celeriac.metric_rollup AS p
              WHERE p.series_id = t.id AND p.step = :coarser ORDER BY p.at DESC LIMIT 1
          ) AS newest
          WHERE t.target = :target
      ), '-infinity'))
    LIMIT :most
));
