-- By how much counters rose of late: one that fell was reset, and has counted since from nothing. One look into the
-- primary key a series; a volatile clock would not be looked up in it.
SELECT s.name, s.labels, risen.rise
FROM celeriac.metric_series AS s
CROSS JOIN LATERAL (
    SELECT sum(CASE WHEN m.value >= m.before THEN m.value - m.before ELSE m.value END) AS rise
    FROM (
        SELECT l.value, lag(l.value) OVER (ORDER BY l.at) AS before
        FROM celeriac.metric_sample AS l
        WHERE l.series_id = s.id AND l.at > statement_timestamp() - CAST(:within AS interval)
    ) AS m
    WHERE m.before IS NOT NULL
) AS risen
WHERE s.target = :target AND s.name = ANY (CAST(:names AS text[])) AND risen.rise IS NOT NULL
ORDER BY s.name, s.labels;
