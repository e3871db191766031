-- An integer that refers to a bigint refuses rows once the other has grown, and a join of unlike types may lose an index.
SELECT
    format('%I.%I', n.nspname, c.relname) AS "table",
    quote_ident(a.attname) AS column,
    format_type(a.atttypid, NULL) AS type,
    format('%s.%I', r.attrelid::regclass, r.attname) AS referenced,
    format_type(r.atttypid, NULL) AS referenced_type
FROM pg_constraint AS con
CROSS JOIN LATERAL unnest(con.conkey, con.confkey) AS k (own, other)
INNER JOIN pg_attribute AS a ON a.attrelid = con.conrelid AND a.attnum = k.own
INNER JOIN pg_attribute AS r ON r.attrelid = con.confrelid AND r.attnum = k.other
INNER JOIN pg_class AS c ON c.oid = con.conrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE con.contype = 'f' AND con.conparentid = 0 AND a.atttypid <> r.atttypid
ORDER BY con.oid, a.attnum
LIMIT 50;
