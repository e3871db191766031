-- The planner believes what ANALYZE last saw. Autoanalyze comes to a table by its changes, to a partitioned one never.
SELECT
    format('%I.%I', n.nspname, c.relname) AS name,
    pg_stat_get_live_tuples(c.oid) AS rows,
    pg_stat_get_mod_since_analyze(c.oid) AS changed,
    coalesce(o.base, current_setting('autovacuum_analyze_threshold')::float8)
    + coalesce(o.scale, current_setting('autovacuum_analyze_scale_factor')::float8) * greatest(c.reltuples, 0) + 1
    AS threshold,
    pg_stat_get_last_analyze_time(c.oid) IS NULL AND pg_stat_get_last_autoanalyze_time(c.oid) IS NULL AS never,
    false AS partitioned
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT
        max(x.option_value::float8) FILTER (WHERE x.option_name = 'autovacuum_analyze_threshold') AS base,
        max(x.option_value::float8) FILTER (WHERE x.option_name = 'autovacuum_analyze_scale_factor') AS scale
    FROM pg_options_to_table(c.reloptions) AS x
) AS o
WHERE
    c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND n.nspname <> 'pg_catalog'
    AND pg_stat_get_live_tuples(c.oid) >= :stale_min_rows
    AND pg_stat_get_mod_since_analyze(c.oid) > 0
    AND NOT EXISTS (
        SELECT FROM pg_stat_progress_analyze AS p WHERE p.datname = current_database() AND p.relid = c.oid
    )
UNION ALL
SELECT
    format('%I.%I', n.nspname, c.relname),
    parts.rows::bigint,
    0,
    1,
    true,
    true
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT sum(greatest(leaf.reltuples, 0)) AS rows
    FROM pg_partition_tree(c.oid) AS tree
    INNER JOIN pg_class AS leaf ON leaf.oid = tree.relid
    WHERE tree.isleaf
) AS parts
WHERE
    c.relkind = 'p' AND NOT c.relispartition
    AND parts.rows >= :stale_min_rows
    -- Statistics of a table that may not be read are hidden, not missing.
    AND has_table_privilege(c.oid, 'SELECT')
    AND NOT EXISTS (SELECT FROM pg_stats AS s WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.inherited)
ORDER BY changed DESC, name
LIMIT 50;
