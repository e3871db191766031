-- Dead rows and sequential scans in all: how vacuum keeps up, and whether indexes are missing.
-- The counters' functions are called directly: the views over them join and group every index of every table.
-- Below oid 16384 lie the system's own relations; an index of a TOAST table counts as the table's bytes.
WITH relation AS (
    SELECT
        c.oid,
        c.relpages::bigint AS pages,
        c.relkind IN ('r', 'm') AS is_table,
        c.relkind = 'i' AND c.relnamespace <> 'pg_toast'::regnamespace AS is_index
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'm', 't', 'i') AND c.oid >= 16384
)
SELECT
    count(*) FILTER (WHERE is_table) AS tables,
    count(*) FILTER (WHERE is_index) AS indexes,
    coalesce(sum(pages) FILTER (WHERE NOT is_index), 0)::bigint * current_setting('block_size')::bigint AS table_bytes,
    coalesce(sum(pages) FILTER (WHERE is_index), 0)::bigint * current_setting('block_size')::bigint AS index_bytes,
    coalesce(sum(CASE WHEN is_table THEN pg_stat_get_live_tuples(oid) END), 0)::bigint AS live_rows,
    coalesce(sum(CASE WHEN is_table THEN pg_stat_get_dead_tuples(oid) END), 0)::bigint AS dead_rows,
    coalesce(sum(CASE WHEN is_table THEN pg_stat_get_numscans(oid) END), 0)::bigint AS sequential_scans,
    coalesce(sum(CASE WHEN is_index THEN pg_stat_get_numscans(oid) END), 0)::bigint AS index_scans,
    coalesce(sum(CASE WHEN is_table THEN pg_stat_get_tuples_updated(oid) END), 0)::bigint AS updates,
    coalesce(sum(CASE WHEN is_table THEN pg_stat_get_tuples_hot_updated(oid) END), 0)::bigint AS hot_updates
FROM relation;
