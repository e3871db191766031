-- What PostgreSQL knows of each table's upkeep: rows that died, changed and came since it was last vacuumed or analyzed.
-- Sizes are the catalog's own figures: measuring files would wait behind whoever has locked the table.
SELECT
    c.oid::bigint AS oid,
    n.nspname AS schema_name,
    c.relname AS table_name,
    format('%I.%I', n.nspname, c.relname) AS name,
    c.relkind::text AS kind,
    greatest(c.reltuples, 0)::float8 AS estimated_rows,
    coalesce(parts.rows, pg_stat_get_live_tuples(c.oid), 0)::bigint AS rows,
    pg_stat_get_dead_tuples(c.oid) AS dead,
    pg_stat_get_mod_since_analyze(c.oid) AS changed,
    pg_stat_get_ins_since_vacuum(c.oid) AS inserted,
    pg_stat_get_tuples_inserted(c.oid) AS inserts,
    pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid) AS rewrites,
    c.relpages AS pages,
    c.relallvisible AS visible_pages,
    greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) AS analyzed_at,
    greatest(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid)) AS vacuumed_at,
    coalesce(c.reloptions, '{}') AS options,
    -- Statistics of a table that may not be read are hidden, not missing.
    CASE
        WHEN c.relkind <> 'p' AND pg_stat_get_last_analyze_time(c.oid) IS NOT NULL THEN true
        WHEN c.relkind <> 'p' AND pg_stat_get_last_autoanalyze_time(c.oid) IS NOT NULL THEN true
        WHEN NOT has_table_privilege(c.oid, 'SELECT') THEN true
        ELSE EXISTS (
            SELECT FROM pg_stats AS s
            WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.inherited = (c.relkind = 'p')
        )
    END AS has_statistics,
    pg_has_role(c.relowner, 'USAGE') AS is_owned,
    CASE
        WHEN pg_has_role(c.relowner, 'USAGE') OR pg_has_role(d.datdba, 'USAGE') THEN true
        WHEN current_setting('server_version_num')::int >= 170000 THEN has_table_privilege(c.oid, 'MAINTAIN')
        ELSE false
    END AS is_maintained
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_database AS d ON d.datname = current_database()
LEFT JOIN (
    SELECT root.oid, sum(greatest(leaf.reltuples, 0)) AS rows
    FROM pg_class AS root
    CROSS JOIN LATERAL pg_partition_tree(root.oid) AS tree
    INNER JOIN pg_class AS leaf ON leaf.oid = tree.relid
    WHERE root.relkind = 'p' AND NOT root.relispartition AND tree.isleaf
    GROUP BY root.oid
) AS parts ON parts.oid = c.oid
WHERE
    c.relkind IN ('r', 'm', 'p') AND c.relpersistence <> 't'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    -- Of a partitioned table, the whole; its partitions that are partitioned themselves go with it.
    AND NOT (c.relkind = 'p' AND c.relispartition)
    AND (cast(:oid AS bigint) IS NULL OR c.oid = cast(:oid AS bigint))
ORDER BY c.oid
