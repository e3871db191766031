-- Fourteen days of monitoring: eight services, six figures.
INSERT INTO service_metrics (id, service_name, metric_name, value, created_at)
SELECT
    n,
    (ARRAY['api', 'scraper', 'scheduler', 'storage', 'search', 'billing', 'proxy', 'mailer'])
        [1 + floor(8 * power(pg_temp.chance(n, 51), 1.5))],
    (ARRAY['requests', 'errors', 'latency_ms', 'cpu', 'memory', 'queue'])[1 + n % 6],
    round((500 * power(pg_temp.chance(n, 52), 3))::numeric, 2),
    now() - interval '14 days' * (1 - n / :service ::double precision)
FROM generate_series(1::bigint, :service) AS n;
