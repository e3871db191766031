-- A foreign key whose columns no index leads with makes each delete of a referenced row read the whole table.
SELECT
    k.conrelid::bigint AS table_oid,
    (SELECT array_agg(a.attname::text ORDER BY p.place)
     FROM unnest(k.conkey) WITH ORDINALITY AS p (attnum, place)
     JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = p.attnum) AS columns,
    n.nspname || '.' || c.relname AS referenced
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.confrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE k.contype = 'f'
ORDER BY k.conrelid, k.conname
