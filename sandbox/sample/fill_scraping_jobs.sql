-- Jobs in order of creation; what is pending or running is recent and rare (about one in a hundred).
INSERT INTO scraping_jobs
    (id, user_id, url, status, priority, attempts, error_message, created_at, started_at, completed_at)
SELECT
    n,
    pg_temp.skewed(n, 11, :users),
    'https://shop' || n % 5000 || '.example/catalogue/' || n,
    status,
    floor(10 * power(pg_temp.chance(n, 13), 2)),
    CASE status WHEN 'pending' THEN 0 WHEN 'failed' THEN 3 ELSE 1 END,
    CASE status WHEN 'failed' THEN 'HTTP ' || (ARRAY[403, 404, 429, 500, 503])[1 + n % 5] END,
    created_at,
    CASE WHEN status NOT IN ('pending', 'cancelled') THEN created_at + interval '20 seconds' END,
    CASE WHEN status NOT IN ('pending', 'running') THEN created_at + interval '1 hour' * pg_temp.chance(n, 14) END
FROM
    generate_series(1::bigint, :jobs) AS n,
    LATERAL (SELECT now() - pg_temp.job_age(n, :jobs) AS created_at) AS birth,
    LATERAL (
        SELECT CASE
            WHEN n > 0.98 * :jobs AND pg_temp.chance(n, 12) < 0.5 THEN 'pending'
            WHEN n > 0.98 * :jobs AND pg_temp.chance(n, 12) < 0.6 THEN 'running'
            WHEN pg_temp.chance(n, 12) < 0.82 THEN 'completed'
            WHEN pg_temp.chance(n, 12) < 0.95 THEN 'failed'
            ELSE 'cancelled'
        END AS status
    ) AS fate;
