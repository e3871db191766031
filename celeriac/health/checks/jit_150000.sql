-- Compiling pays for statements that run for seconds; for short ones whose cost was misjudged it is most of their time.
SELECT
    current_setting('jit')::bool AS enabled,
    coalesce(sum(
        s.jit_generation_time + s.jit_inlining_time + s.jit_optimization_time + s.jit_emission_time
    ), 0)::float8 AS compile_ms,
    coalesce(sum(s.total_exec_time), 0)::float8 AS total_ms,
    current_setting('jit_above_cost')::float8 AS above_cost
FROM pg_stat_statements(false) AS s
INNER JOIN pg_database AS d ON d.oid = s.dbid
WHERE d.datname = current_database();
