-- When each sampler ran last, in whatever process: the dear ones among them are spared most rounds.
SELECT s.labels ->> 'sampler' AS sampler, extract(epoch FROM clock_timestamp() - m.at)::float8 AS age_s
FROM celeriac.metric_series AS s
CROSS JOIN LATERAL (
    SELECT l.at FROM celeriac.metric_sample AS l WHERE l.series_id = s.id ORDER BY l.at DESC LIMIT 1
) AS m
WHERE s.target = :target AND s.name = :name;
