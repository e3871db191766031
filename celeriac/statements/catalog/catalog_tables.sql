-- Rows and pages decide what an index saves, write counters what it costs; partitions carry their parent.
-- Nothing here takes a lock that a waiting ALTER TABLE could hold up, save for tables that were never analyzed:
-- only the size of the file tells how big those are.
SELECT
    c.oid::bigint AS oid,
    n.nspname AS schema,
    c.relname AS name,
    c.relkind::text AS kind,
    (CASE WHEN c.reltuples > 0 THEN c.reltuples ELSE pg_catalog.pg_stat_get_live_tuples(c.oid) END)::float8 AS rows,
    (CASE
        WHEN c.relpages > 0 OR c.relkind = 'p' THEN greatest(c.relpages, 0)
        ELSE coalesce(pg_catalog.pg_relation_size(c.oid), 0) / current_setting('block_size')::bigint
    END)::bigint AS pages,
    c.relallvisible AS all_visible_pages,
    c.relispartition AS is_partition,
    (SELECT inhparent::bigint FROM pg_catalog.pg_inherits WHERE inhrelid = c.oid AND c.relispartition LIMIT 1) AS parent_oid,
    pg_catalog.pg_stat_get_tuples_inserted(c.oid) AS inserts,
    pg_catalog.pg_stat_get_tuples_updated(c.oid) AS updates,
    pg_catalog.pg_stat_get_tuples_hot_updated(c.oid) AS hot_updates,
    pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS deletes
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm')
  AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'celeriac')
ORDER BY n.nspname, c.relname
