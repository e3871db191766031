-- What an index is to the last detail, read before it is dropped: pg_get_indexdef leaves out the tablespace, the comment
-- and the statistics targets of its expressions, and an index that is brought back must have them again.
SELECT pg_catalog.substr(
           d.definition,
           pg_catalog.length(pg_catalog.format('CREATE INDEX %I ON %I.%I', c.relname, n.nspname, t.relname)) + 1
       ) AS what,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
       s.spcname AS tablespace,
       pg_catalog.quote_literal(pg_catalog.obj_description(c.oid, 'pg_class')) AS comment,
       ARRAY(
           SELECT a.attnum || ' SET STATISTICS ' || a.attstattarget
           FROM pg_catalog.pg_attribute AS a
           WHERE a.attrelid = c.oid AND a.attstattarget >= 0
           ORDER BY a.attnum
       ) AS targets
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = c.reltablespace
CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_indexdef(i.indexrelid) AS definition) AS d
WHERE i.indexrelid = CAST(CAST(:oid AS bigint) AS oid)
