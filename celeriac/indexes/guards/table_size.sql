-- A concurrent build reads the whole table twice: beyond a size a person decides when. Taken from the catalog, since
-- pg_table_size waits for whoever has locked the table. A partitioned table is as large as its partitions together.
WITH RECURSIVE tree AS (
    SELECT c.oid, c.relkind
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = :schema AND c.relname = :table
    UNION ALL
    SELECT c.oid, c.relkind
    FROM tree
    JOIN pg_catalog.pg_inherits AS h ON h.inhparent = tree.oid
    JOIN pg_catalog.pg_class AS c ON c.oid = h.inhrelid
    WHERE tree.relkind = 'p'
)
SELECT (
    sum(greatest(c.relpages, 0) + greatest(coalesce(t.relpages, 0), 0))
    * pg_catalog.current_setting('block_size')::bigint
)::bigint
FROM tree
JOIN pg_catalog.pg_class AS c ON c.oid = tree.oid
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = c.reltoastrelid
