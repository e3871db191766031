-- What the jobs fetched, near its job in time and place, owned by the job's owner.
INSERT INTO artifacts (id, job_id, user_id, artifact_type, storage_key, size_bytes, created_at)
SELECT
    n,
    job_id,
    pg_temp.skewed(job_id, 11, :users),
    CASE
        WHEN pg_temp.chance(n, 22) < 0.60 THEN 'html'
        WHEN pg_temp.chance(n, 22) < 0.85 THEN 'json'
        WHEN pg_temp.chance(n, 22) < 0.95 THEN 'image'
        WHEN pg_temp.chance(n, 22) < 0.99 THEN 'pdf'
        ELSE 'summary'
    END,
    'artifacts/' || job_id % 997 || '/' || n,
    2000 + floor(power(pg_temp.chance(n, 23), 6) * 4000000),
    now() - pg_temp.job_age(job_id, :jobs) + interval '10 minutes' * pg_temp.chance(n, 24)
FROM
    generate_series(1::bigint, :artifacts) AS n,
    LATERAL (
        SELECT greatest(1, least(:jobs, n * :jobs / :artifacts + floor(40 * pg_temp.chance(n, 21))::bigint - 20)) AS job_id
    ) AS source;
