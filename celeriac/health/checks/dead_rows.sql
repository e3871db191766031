-- Dead rows are read by every scan until vacuum removes them; where they pile up, vacuum is too slow, or held back.
SELECT
    format('%I.%I', n.nspname, c.relname) AS name,
    pg_stat_get_live_tuples(c.oid) AS live,
    pg_stat_get_dead_tuples(c.oid) AS dead,
    least(
        coalesce(o.base, current_setting('autovacuum_vacuum_threshold')::float8)
        + coalesce(o.scale, current_setting('autovacuum_vacuum_scale_factor')::float8) * greatest(c.reltuples, 0),
        -- Since PostgreSQL 18; -1 is none.
        nullif(coalesce(o.most, current_setting('autovacuum_vacuum_max_threshold', true)::float8), -1)
    ) + 1 AS threshold,
    extract(
        epoch FROM clock_timestamp()
        - greatest(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid))
    )::float8 AS vacuumed_s
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT
        max(x.option_value::float8) FILTER (WHERE x.option_name = 'autovacuum_vacuum_threshold') AS base,
        max(x.option_value::float8) FILTER (WHERE x.option_name = 'autovacuum_vacuum_scale_factor') AS scale,
        max(x.option_value::float8) FILTER (WHERE x.option_name = 'autovacuum_vacuum_max_threshold') AS most
    FROM pg_options_to_table(c.reloptions) AS x
) AS o
WHERE
    c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
    AND pg_stat_get_dead_tuples(c.oid) >= :dead_rows_min
    AND NOT EXISTS (
        SELECT FROM pg_stat_progress_vacuum AS p WHERE p.datname = current_database() AND p.relid = c.oid
    )
ORDER BY pg_stat_get_dead_tuples(c.oid) DESC, c.oid
LIMIT 50;
