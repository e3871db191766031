-- What is indexed already: so that nothing is proposed twice and an index that a wider one replaces can be named.
-- Sizes are those of the last vacuum or build: asking the file would wait for locks.
SELECT
    i.indexrelid::bigint AS oid,
    i.indrelid::bigint AS table_oid,
    c.relname AS name,
    m.amname AS method,
    (SELECT array_agg(
        CASE k.attnum WHEN 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid, k.place::int, true) ELSE a.attname::text END
        ORDER BY k.place)
     FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
     LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum <> 0
    ) AS columns,
    i.indnkeyatts AS keys,
    (SELECT array_agg(k.attnum = 0 ORDER BY k.place)
     FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)) AS are_expressions,
    pg_catalog.pg_get_expr(i.indpred, i.indrelid, true) AS "where",
    pg_catalog.pg_get_indexdef(i.indexrelid) AS ddl,
    i.indisunique AS "unique",
    i.indisprimary AS "primary",
    EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.indexrelid) AS backs_constraint,
    i.indisvalid AND i.indisready AND i.indislive AS valid,
    greatest(c.relpages, 0)::bigint * current_setting('block_size')::bigint AS size_bytes,
    pg_catalog.pg_stat_get_numscans(i.indexrelid) AS scans
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
WHERE c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'celeriac')
ORDER BY i.indrelid, c.relname
