-- The outcome of a change is what the catalog shows, never what a client was told: an index by name or by mark, with
-- the three flags that say how far a concurrent build or drop came (valid, ready, live). The size is the catalog's:
-- pg_relation_size would wait for whoever has locked the index. The index of a partitioned table is the sum of its parts.
SELECT i.indexrelid::bigint AS oid,
       n.nspname AS schema_name,
       c.relname AS name,
       t.relname AS table_name,
       t.oid::bigint AS table_oid,
       i.indisvalid AS valid,
       i.indisready AS ready,
       i.indislive AS live,
       pg_catalog.pg_get_indexdef(i.indexrelid) AS definition,
       (p.pages * pg_catalog.current_setting('block_size')::bigint)::bigint AS size_bytes,
       p.scans::bigint AS scans,
       c.relkind = 'I' AS partitioned
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
CROSS JOIN LATERAL (
    WITH RECURSIVE part AS (
        SELECT i.indexrelid AS oid
        UNION ALL
        SELECT h.inhrelid FROM part JOIN pg_catalog.pg_inherits AS h ON h.inhparent = part.oid
    )
    SELECT sum(greatest(x.relpages, 0)) AS pages, sum(pg_catalog.pg_stat_get_numscans(x.oid)) AS scans
    FROM part
    JOIN pg_catalog.pg_class AS x ON x.oid = part.oid
) AS p
WHERE c.relname ~ :mark
  AND (CAST(:oid AS bigint) IS NULL OR i.indexrelid = CAST(CAST(:oid AS bigint) AS oid))
  AND (CAST(:name AS text) IS NULL OR (n.nspname = :schema AND c.relname = :name))
  AND pg_catalog.pg_get_indexdef(i.indexrelid) IS NOT NULL
ORDER BY i.indexrelid
