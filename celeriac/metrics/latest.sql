-- What a scrape or a page shows as now: one look into the primary key a series. What is sampled rarely lasts longer.
SELECT s.name, s.labels, m.at, m.value
FROM celeriac.metric_series AS s
CROSS JOIN LATERAL (
    SELECT l.at, l.value FROM celeriac.metric_sample AS l WHERE l.series_id = s.id ORDER BY l.at DESC LIMIT 1
) AS m
WHERE s.target = :target
    AND m.at > clock_timestamp() - CASE
        WHEN s.name = ANY(CAST(:rare_names AS text[])) OR s.labels ->> 'sampler' = ANY(CAST(:rare_samplers AS text[]))
            THEN CAST(:rare_stale_after AS interval)
        ELSE CAST(:stale_after AS interval)
    END
ORDER BY s.name, s.labels;
