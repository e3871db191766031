-- What a plan hangs on and DDL changes: columns, indexes, and the order of magnitude of rows. A digest a table, so that
-- thousands of tables can be compared with an hour ago; below oid 16384 lie the system's own.
SELECT
    c.oid::bigint AS oid,
    n.nspname AS schema,
    c.relname AS name,
    c.reltuples::float8 AS rows,
    (
        SELECT md5(string_agg(a.attname || ' ' || a.atttypid || ' ' || a.atttypmod || ' ' || a.attnotnull, ',' ORDER BY a.attnum))
        FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ) AS columns,
    coalesce((
        SELECT jsonb_object_agg(x.relname, i.indisvalid)
        FROM pg_index AS i
        JOIN pg_class AS x ON x.oid = i.indexrelid
        WHERE i.indrelid = c.oid
    ), '{}')::text AS indexes
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND c.oid >= 16384 AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'celeriac';
