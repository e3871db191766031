-- The few tables that hold most of the bytes, and the few that hold most of the dead rows, bounded whatever the catalog.
WITH relation AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, c.relpages::bigint AS pages, c.reltoastrelid, pg_stat_get_dead_tuples(c.oid) AS dead
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
), largest AS (
    SELECT * FROM relation WHERE pages > 0 ORDER BY pages DESC, oid LIMIT :tables
), dirtiest AS (
    SELECT * FROM relation WHERE dead > 0 ORDER BY dead DESC, oid LIMIT :tables
)
SELECT
    l.nspname AS schema,
    l.relname AS name,
    l.pages * current_setting('block_size')::bigint AS heap_bytes,
    coalesce((SELECT t.relpages FROM pg_class AS t WHERE t.oid = l.reltoastrelid), 0)
        * current_setting('block_size')::bigint AS toast_bytes,
    coalesce((SELECT sum(x.relpages) FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid
              WHERE i.indrelid = l.oid), 0)::bigint * current_setting('block_size')::bigint AS index_bytes,
    NULL::bigint AS dead_rows
FROM largest AS l
UNION ALL
SELECT d.nspname, d.relname, NULL, NULL, NULL, d.dead FROM dirtiest AS d;
