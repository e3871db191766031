-- What ANALYZE knows of each column, and of each expression that an index holds: the source of parameter values,
-- selectivity and index sizes. Wide columns keep no value lists here: the lists would weigh more than they tell.
SELECT
    c.oid::bigint AS oid,
    coalesce(i.indrelid, c.oid)::bigint AS table_oid,
    c.relkind IN ('i', 'I') AS is_expression,
    CASE WHEN c.relkind IN ('i', 'I') THEN pg_catalog.pg_get_indexdef(c.oid, a.attnum, true) ELSE a.attname END AS name,
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
    CASE
        WHEN a.attcollation = 0 THEN true
        WHEN o.collprovider = 'd' THEN
            coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') = 'b'
            OR (coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') = 'c' AND d.datcollate IN ('C', 'POSIX'))
        ELSE o.collprovider = 'b' OR (o.collprovider = 'c' AND o.collcollate IN ('C', 'POSIX'))
    END AS collation_is_c,
    a.attnotnull AS not_null,
    coalesce(s.avg_width, 0) AS average_width,
    coalesce(s.n_distinct, 0)::float8 AS "distinct",
    coalesce(s.null_frac, 0)::float8 AS null_fraction,
    s.correlation::float8 AS correlation,
    CASE WHEN s.avg_width <= 256 THEN s.most_common_vals::text::text[] END AS common_values,
    CASE WHEN s.avg_width <= 256 THEN s.most_common_freqs::float8[] END AS common_shares,
    CASE WHEN s.avg_width <= 256 THEN s.histogram_bounds::text::text[] END AS histogram,
    (s.most_common_elems::text::text[])[1:10] AS common_elements
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_database AS d ON d.datname = current_database()
LEFT JOIN pg_catalog.pg_collation AS o ON o.oid = a.attcollation
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
LEFT JOIN pg_catalog.pg_stats AS s
    ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
    AND s.inherited = (c.relkind = 'p')
WHERE (
        c.relkind IN ('r', 'p', 'm')
        OR (c.relkind IN ('i', 'I') AND i.indexprs IS NOT NULL AND i.indkey[a.attnum - 1] = 0)
    )
  AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'celeriac')
ORDER BY c.oid, a.attnum
