-- Events that somebody waited for within the last minutes: reported as 0 once nobody does, or they would seem to go on.
SELECT s.labels ->> 'type' AS type, s.labels ->> 'event' AS event
FROM celeriac.metric_series AS s
CROSS JOIN LATERAL (
    SELECT l.at, l.value FROM celeriac.metric_sample AS l WHERE l.series_id = s.id ORDER BY l.at DESC LIMIT 1
) AS m
WHERE s.target = :target AND s.name = :name AND m.value > 0 AND m.at > clock_timestamp() - CAST(:within AS interval);
