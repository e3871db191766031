-- The planner multiplies the shares of two conditions as if the columns had nothing to do with each other: a city and its
-- postal code are then expected far too seldom. Only a table that may be read and was analyzed can be asked about.
SELECT
    format('%I.%I', n.nspname, c.relname) AS name,
    c.relname::text AS bare,
    quote_ident(f.attname) AS first,
    quote_ident(s.attname) AS second,
    format_type(f.atttypid, f.atttypmod) AS first_type,
    format_type(s.atttypid, s.atttypmod) AS second_type,
    c.reltuples::float8 AS rows,
    c.relpages AS pages
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_attribute AS f ON f.attrelid = c.oid AND f.attname = :first AND f.attnum > 0 AND NOT f.attisdropped
INNER JOIN pg_attribute AS s ON s.attrelid = c.oid AND s.attname = :second AND s.attnum > 0 AND NOT s.attisdropped
WHERE
    c.relkind IN ('r', 'm') AND c.reltuples >= :stale_min_rows AND c.relname = :table
    AND CASE WHEN CAST(:schema AS text) = '' THEN pg_table_is_visible(c.oid) ELSE n.nspname = :schema END
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND has_table_privilege(c.oid, 'SELECT')
    AND NOT EXISTS (
        SELECT FROM pg_statistic_ext AS x
        WHERE x.stxrelid = c.oid AND ARRAY[f.attnum, s.attnum] <@ x.stxkeys::int2[]
    )
    -- A unique index on a part of them already tells the planner that there is one row.
    AND NOT EXISTS (
        SELECT FROM pg_index AS i
        WHERE
            i.indrelid = c.oid AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
            AND (i.indkey::int2[])[0:i.indnkeyatts - 1] <@ ARRAY[f.attnum, s.attnum]
    );
