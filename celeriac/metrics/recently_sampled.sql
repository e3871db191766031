-- Which samplers ran a moment ago, in whatever process: the dear ones among them are spared this round.
SELECT s.labels ->> 'sampler' AS sampler
FROM celeriac.metric_series AS s
WHERE s.target = :target
  AND s.name = :name
  AND EXISTS (
      SELECT FROM celeriac.metric_sample AS m
      WHERE m.series_id = s.id AND m.at > clock_timestamp() - CAST(:within AS interval)
  );
