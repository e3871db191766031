-- What an index of ours is, part by part, to write an index that the ledger does not know back into it.
SELECT n.nspname AS schema_name,
       t.relname AS table_name,
       am.amname AS method,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid, true) AS predicate,
       k.position > i.indnkeyatts AS included,
       pg_catalog.pg_get_indexdef(i.indexrelid, k.position::int, false) AS written,
       a.attname AS column_name,
       coalesce(i.indoption[k.position - 1] & 1, 0) = 1 AS descending,
       coalesce(i.indoption[k.position - 1] & 2, 0) = 2 AS nulls_first,
       CASE WHEN NOT oc.opcdefault THEN oc.opcname END AS opclass
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, position)
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum <> 0
LEFT JOIN pg_catalog.pg_opclass AS oc ON oc.oid = i.indclass[k.position - 1] AND k.position <= i.indnkeyatts
WHERE i.indexrelid = :oid
ORDER BY k.position
