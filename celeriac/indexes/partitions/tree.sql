-- A partitioned table with every partition below it, and what there is of a change's index on each: what carries the
-- change's mark, and what the server made by itself for partitions that came after the parent's index. No function
-- here waits for whoever has locked a partition.
WITH RECURSIVE tree AS (
    SELECT c.oid, 0::oid AS parent_oid, 0 AS level
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = :schema AND c.relname = :table
    UNION ALL
    SELECT h.inhrelid, h.inhparent, tree.level + 1
    FROM tree
    JOIN pg_catalog.pg_inherits AS h ON h.inhparent = tree.oid
),
part AS (
    SELECT i.indexrelid AS oid
    FROM tree
    JOIN pg_catalog.pg_index AS i ON i.indrelid = tree.oid
    JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
    WHERE x.relname ~ :mark
    UNION
    SELECT h.inhrelid
    FROM part
    JOIN pg_catalog.pg_inherits AS h ON h.inhparent = part.oid
)
SELECT tree.oid::bigint AS oid,
       tree.parent_oid::bigint AS parent_oid,
       tree.level,
       n.nspname AS schema_name,
       c.relname AS table_name,
       c.relkind::text AS kind,
       greatest(c.relpages, 0)::bigint AS pages,
       i.indexrelid::bigint AS index_oid,
       ns.nspname AS index_schema,
       x.relname AS index_name,
       i.indisvalid AS valid,
       h.inhparent::bigint AS attached_to
FROM tree
JOIN pg_catalog.pg_class AS c ON c.oid = tree.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN (
    part
    JOIN pg_catalog.pg_index AS i ON i.indexrelid = part.oid
    JOIN pg_catalog.pg_class AS x ON x.oid = part.oid
    JOIN pg_catalog.pg_namespace AS ns ON ns.oid = x.relnamespace
    LEFT JOIN pg_catalog.pg_inherits AS h ON h.inhrelid = part.oid
) ON i.indrelid = tree.oid
ORDER BY tree.level, n.nspname, c.relname, h.inhparent NULLS LAST, i.indexrelid
