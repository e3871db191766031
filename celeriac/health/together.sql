-- The columns of the tables that statements name, to tell whose column a bare name is.
SELECT
    c.oid::bigint,
    n.nspname::text AS schema,
    c.relname::text AS "table",
    c.relkind::text AS kind,
    a.attname::text AS "column",
    format_type(a.atttypid, a.atttypmod) AS type,
    current_schemas(false)::text[] AS search_path
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE
    c.relname = ANY(CAST(:names AS text[])) AND c.relkind IN ('r', 'p', 'm')
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY c.oid, a.attnum;
