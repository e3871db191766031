-- Each delete on the other side of a foreign key without an index reads the whole table, under a lock on the row.
SELECT
    format('%I.%I', n.nspname, c.relname) AS "table",
    quote_ident(con.conname) AS name,
    (
        SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.place)
        FROM unnest(con.conkey) WITH ORDINALITY AS k (attnum, place)
        INNER JOIN pg_attribute AS a ON a.attrelid = con.conrelid AND a.attnum = k.attnum
    ) AS columns,
    pg_relation_size(c.oid) AS table_bytes
FROM pg_constraint AS con
INNER JOIN pg_class AS c ON c.oid = con.conrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE
    con.contype = 'f'
    AND c.relkind = 'r'
    -- Our own ledger deletes nothing that is referred to.
    AND n.nspname <> 'celeriac'
    AND NOT EXISTS (
        SELECT FROM pg_index AS i
        WHERE
            i.indrelid = con.conrelid AND i.indisvalid AND i.indpred IS NULL
            AND cardinality(con.conkey) <= i.indnkeyatts
            AND con.conkey <@ (i.indkey::int2[])[0:cardinality(con.conkey) - 1]
    )
ORDER BY c.relpages DESC, con.oid
LIMIT 50;
