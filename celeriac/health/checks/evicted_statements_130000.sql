-- A statement that was evicted begins again at nothing: its calls of before are lost.
SELECT
    NULL::bigint AS evicted,
    NULL::float8 AS seconds,
    (SELECT count(*) FROM pg_stat_statements(false)) AS statements,
    current_setting('pg_stat_statements.max')::int AS most;
