-- The outcome of a change is what the catalog shows, never what a client was told: an index by name or by mark, with
-- the three flags that say how far a concurrent build or drop came (valid, ready, live). The size is the catalog's:
-- pg_relation_size would wait for whoever has locked the index.
SELECT i.indexrelid::bigint AS oid,
       n.nspname AS schema_name,
       c.relname AS name,
       t.relname AS table_name,
       t.oid::bigint AS table_oid,
       i.indisvalid AS valid,
       i.indisready AS ready,
       i.indislive AS live,
       pg_catalog.pg_get_indexdef(i.indexrelid) AS definition,
       (greatest(c.relpages, 0) * pg_catalog.current_setting('block_size')::bigint)::bigint AS size_bytes,
       pg_catalog.pg_stat_get_numscans(i.indexrelid) AS scans
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
WHERE c.relname ~ :mark
  AND (CAST(:name AS text) IS NULL OR (n.nspname = :schema AND c.relname = :name))
  AND pg_catalog.pg_get_indexdef(i.indexrelid) IS NOT NULL
ORDER BY i.indexrelid
