-- Sessions of the crawlers: 97 of 100 beat now, and the rest fell silent weeks ago, which no planner statistic says.
INSERT INTO crawl_sessions (id, user_id, worker, state, pages_fetched, note, heartbeat_at)
SELECT
    n,
    pg_temp.skewed(n, 61, :users),
    'crawler-' || n % 48,
    CASE WHEN n % 33 <> 0 THEN 'active' WHEN n % 2 = 0 THEN 'stalled' ELSE 'closed' END,
    floor(5000 * power(pg_temp.chance(n, 62), 3)),
    repeat('crawl ', 14) || n,
    now() - CASE
        WHEN n % 33 <> 0 THEN interval '2 hours' * pg_temp.chance(n, 63)
        ELSE interval '30 days' + interval '30 days' * pg_temp.chance(n, 64)
    END
FROM generate_series(1::bigint, :sessions) AS n;
