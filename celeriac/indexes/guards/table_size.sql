-- A concurrent build reads the whole table twice: beyond a size a person decides when. Taken from the catalog, since
-- pg_table_size waits for whoever has locked the table.
SELECT (
    (greatest(c.relpages, 0) + greatest(coalesce(t.relpages, 0), 0))
    * pg_catalog.current_setting('block_size')::bigint
)::bigint
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = c.reltoastrelid
WHERE n.nspname = :schema AND c.relname = :table
