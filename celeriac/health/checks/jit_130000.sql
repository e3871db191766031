-- Compiling pays for statements that run for seconds; for short ones whose cost was misjudged it is most of their time.
SELECT
    current_setting('jit')::bool AS enabled,
    NULL::float8 AS compile_ms,
    0::float8 AS total_ms,
    current_setting('jit_above_cost')::float8 AS above_cost;
