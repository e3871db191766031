-- One index by name, whoever's it is, and what a concurrent rebuild of it that did not end has left: invalid indexes of
-- its table named after it. A rebuilt index is another relation under the old name.
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
       pg_catalog.pg_stat_get_numscans(i.indexrelid) AS scans,
       ARRAY(
           SELECT x.relname::text
           FROM pg_catalog.pg_index AS r
           JOIN pg_catalog.pg_class AS x ON x.oid = r.indexrelid
           WHERE r.indrelid = i.indrelid
             AND NOT r.indisvalid
             AND x.relname ~ '_cc(new|old)[0-9]*$'
             AND starts_with(c.relname, regexp_replace(x.relname, '_cc(new|old)[0-9]*$', ''))
           ORDER BY x.relname
       ) AS rests
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
WHERE n.nspname = :schema AND c.relname = :name AND c.relkind = 'i'
