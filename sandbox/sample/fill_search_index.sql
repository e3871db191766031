-- Every second artifact is searchable, nearly all by the newest model, one in twelve withdrawn.
INSERT INTO search_index (id, artifact_id, model_name, is_active, title, token_count, indexed_at)
SELECT
    n,
    2 * n,
    CASE
        WHEN pg_temp.chance(n, 31) < 0.70 THEN 'minilm-v3'
        WHEN pg_temp.chance(n, 31) < 0.90 THEN 'minilm-v2'
        WHEN pg_temp.chance(n, 31) < 0.97 THEN 'mpnet'
        WHEN pg_temp.chance(n, 31) < 0.995 THEN 'bge-small'
        ELSE 'bm25'
    END,
    pg_temp.chance(n, 32) < 0.92,
    'Item ' || n % 20000 || ' of shop ' || n % 5000,
    floor(40 + 4000 * power(pg_temp.chance(n, 33), 3)),
    now() - interval '180 days' * (1 - n / :search ::double precision)
FROM generate_series(1::bigint, :search) AS n;
