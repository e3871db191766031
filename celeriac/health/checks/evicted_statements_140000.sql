-- A statement that was evicted begins again at nothing: its calls of before are lost. dealloc counts the rounds of
-- eviction, each of which throws out a twentieth.
SELECT
    dealloc * ceil(current_setting('pg_stat_statements.max')::int * 0.05)::bigint AS evicted,
    extract(epoch FROM clock_timestamp() - stats_reset)::float8 AS seconds,
    (SELECT count(*) FROM pg_stat_statements(false)) AS statements,
    current_setting('pg_stat_statements.max')::int AS most
FROM pg_stat_statements_info;
