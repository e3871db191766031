-- Some days of history, row by row as the tasks write it: 300 series, 200 statements.
INSERT INTO celeriac.metric_series (target, name, labels)
SELECT
    'main',
    CASE WHEN n <= 20 THEN 'celeriac_postgres_connections' ELSE 'series_' || n END,
    jsonb_build_object('state', n)
FROM generate_series(1, 300) AS n;

INSERT INTO celeriac.metric_sample
SELECT s.id, at, random() * 1e6
FROM generate_series(now() - interval '1 day', now(), '30 seconds') AS at, celeriac.metric_series AS s;

INSERT INTO celeriac.metric_rollup
SELECT s.id, 'minute', at, 2, random(), random(), random(), random()
FROM generate_series(now() - interval '2 days', now(), '1 minute') AS at, celeriac.metric_series AS s;

INSERT INTO celeriac.metric_rollup
SELECT s.id, 'hour', at, 120, random(), random(), random(), random()
FROM generate_series(now() - interval '90 days', now(), '1 hour') AS at, celeriac.metric_series AS s;

INSERT INTO celeriac.statement_window (target, started_at, ended_at, complete, server)
SELECT 'main', at - interval '1 minute', at, true, '{}'
FROM generate_series(now() - interval '1 day', now(), '1 minute') AS at;

INSERT INTO celeriac.window_statement
SELECT
    w.id, substr(md5(s::text), 1, 16), (random() * 1e4)::int, random() * 1e4, random() * 1e6, (random() * 1e4)::int,
    (random() * 1e5)::int, 5, 0, 0, 0, random(), 0, random()
FROM celeriac.statement_window AS w, generate_series(1, 200) AS s;

INSERT INTO celeriac.statement_hour
SELECT
    'main', date_trunc('hour', at), substr(md5(s::text), 1, 16), 3600, (random() * 1e5)::int, random() * 1e5,
    random() * 1e7, 5, (random() * 1e5)::int, 5, 0, 0, 0, random(), 0, random(), random(), random()
FROM generate_series(now() - interval '60 days', now(), '1 hour') AS at, generate_series(1, 200) AS s;
