-- How large a table is, all its partitions together: what reads it as a whole gets slower, or faster, as it does.
SELECT coalesce(
    (
        SELECT sum(pg_catalog.pg_relation_size(tree.relid))
        FROM pg_catalog.pg_partition_tree(c.oid) AS tree
        WHERE tree.isleaf
    ),
    pg_catalog.pg_relation_size(c.oid)
)::bigint / current_setting('block_size')::bigint AS pages
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :schema
    AND c.relname = :table
