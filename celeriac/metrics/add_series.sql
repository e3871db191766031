-- Most rounds add no series: the anti-join keeps the identity sequence from being burnt by conflicts each minute.
INSERT INTO celeriac.metric_series (target, name, labels)
SELECT :target, given.name, given.labels
FROM (
    SELECT DISTINCT g.name, g.labels::jsonb AS labels
    FROM unnest(CAST(:names AS text[]), CAST(:labels AS text[])) AS g (name, labels)
) AS given
WHERE NOT EXISTS (
    SELECT FROM celeriac.metric_series AS s
    WHERE s.target = :target AND s.name = given.name AND s.labels = given.labels
)
ON CONFLICT (target, name, labels) DO NOTHING;
