-- What the ledger itself can tell at the moment of a scrape, so that a watcher learns of it although nothing samples.
SELECT 'celeriac_last_sample_timestamp_seconds' AS name, CAST('{}' AS jsonb) AS labels,
       extract(epoch FROM max(newest.at)) AS value
FROM celeriac.metric_series AS s
CROSS JOIN LATERAL (
    SELECT m.at FROM celeriac.metric_sample AS m WHERE m.series_id = s.id ORDER BY m.at DESC LIMIT 1
) AS newest
WHERE s.target = :target AND s.name = 'celeriac_sampler_up'
UNION ALL
SELECT 'celeriac_last_capture_timestamp_seconds', '{}', extract(epoch FROM max(w.ended_at))
FROM celeriac.statement_window AS w
WHERE w.target = :target
UNION ALL
SELECT 'celeriac_paused', '{}', max(CASE WHEN c.paused THEN 1 ELSE 0 END)
FROM (SELECT FALSE AS paused UNION ALL SELECT paused FROM celeriac.control WHERE target IN (:target, '*')) AS c
UNION ALL
SELECT 'celeriac_changes', jsonb_build_object('state', c.state), count(*)
FROM celeriac.change AS c
WHERE c.target = :target
GROUP BY c.state
UNION ALL
SELECT 'celeriac_findings', jsonb_build_object('severity', f.severity), count(*)
FROM celeriac.finding AS f
WHERE f.target = :target AND f.resolved_at IS NULL
GROUP BY f.severity
UNION ALL
SELECT 'celeriac_alerts', jsonb_build_object('rule', a.rule, 'severity', a.severity, 'state', a.state), count(*)
FROM celeriac.alert AS a
WHERE a.target = :target AND a.state IN ('pending', 'firing')
GROUP BY a.rule, a.severity, a.state
UNION ALL
SELECT 'celeriac_notices', jsonb_build_object('channel', d.channel, 'state', d.state), count(*)
FROM celeriac.delivery AS d
WHERE d.target = :target
GROUP BY d.channel, d.state;
