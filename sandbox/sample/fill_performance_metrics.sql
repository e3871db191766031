-- What clients measured in ninety days, a quarter of it of one kind.
INSERT INTO performance_metrics (id, user_id, metric_type, value, created_at)
SELECT
    n,
    pg_temp.skewed(n, 41, :users),
    (ARRAY['fetch_ms', 'parse_ms', 'queue_ms', 'store_ms', 'render_ms', 'retries', 'bytes_in', 'bytes_out',
           'cpu_ms', 'memory_mb', 'proxy_ms', 'captcha'])[1 + floor(12 * power(pg_temp.chance(n, 42), 1.8))],
    round((1000 * power(pg_temp.chance(n, 43), 4))::numeric, 2),
    now() - interval '90 days' * (1 - n / :performance ::double precision)
FROM generate_series(1::bigint, :performance) AS n;
