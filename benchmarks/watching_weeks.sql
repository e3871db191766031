-- Five weeks of hours of 5,000 statements, and the windows of the last hour, each of all of them.
INSERT INTO celeriac.statement_hour
SELECT
    'main', date_trunc('hour', now()) - (h + 1) * interval '1 hour', 's' || s, 3600, 1200, 1200 * (200 + s), 150000,
    6000, 60000, 0, 0, 0, 0, 0, 0, 0, 0.05, 0.2
FROM generate_series(1, 5 * 168) AS h, generate_series(1, 5000) AS s;

INSERT INTO celeriac.statement_window (target, started_at, ended_at, complete, server)
SELECT 'main', at - interval '1 minute', at, true, '{"other": {}}'
FROM generate_series(date_trunc('hour', now()) - interval '61 minutes', now(), '1 minute') AS at;

INSERT INTO celeriac.window_statement
SELECT w.id, 's' || s, 20, 20 * (200 + s), 2500, 100, 1000, 0, 0, 0, 0, 0, 0, 0
FROM celeriac.statement_window AS w, generate_series(1, 5000) AS s
WHERE NOT EXISTS (SELECT FROM celeriac.window_statement AS k WHERE k.window_id = w.id);

VACUUM ANALYZE celeriac.statement_hour, celeriac.window_statement, celeriac.statement_window;
