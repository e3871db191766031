-- Deletes and updates leave b-tree pages half empty, and only a rebuild makes them full again. What the rows need is
-- estimated from pg_stats: a tuple of 8 bytes and its aligned keys, 4 of line pointer, leaves filled to the fill factor.
-- Equal keys share one tuple since 13 (6 bytes a row), which is counted for single columns alone.
SELECT
    format('%I.%I', n.nspname, c.relname) AS name,
    c.relpages::bigint * b.bytes AS size_bytes,
    (ceil(c.reltuples * k.row_bytes / ((b.bytes - 40) * f.fill)) * b.bytes)::bigint + b.bytes AS needed_bytes
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_index AS i ON i.indexrelid = c.oid
INNER JOIN pg_class AS t ON t.oid = i.indrelid
INNER JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
INNER JOIN pg_am AS am ON am.oid = c.relam AND am.amname = 'btree'
CROSS JOIN (SELECT current_setting('block_size')::bigint AS bytes) AS b
CROSS JOIN LATERAL (
    SELECT coalesce(max(o.option_value::float8) FILTER (WHERE o.option_name = 'fillfactor'), 90) / 100 AS fill
    FROM pg_options_to_table(c.reloptions) AS o
) AS f
CROSS JOIN LATERAL (
    SELECT
        count(*) AS keys,
        count(s.avg_width) AS measured,
        8 + 4 + 8 * ceil(sum((1 - s.null_frac) * s.avg_width) / 8) AS full_bytes,
        -- Rows to a key, where there is one column: negative n_distinct is a share of the rows.
        max(CASE WHEN s.n_distinct < 0 THEN -1 / s.n_distinct ELSE c.reltuples / nullif(s.n_distinct, 0) END) AS rows_a_key
    FROM pg_attribute AS ia
    LEFT JOIN pg_attribute AS ta ON ta.attrelid = i.indrelid AND ta.attnum = i.indkey[ia.attnum - 1] AND ta.attnum > 0
    LEFT JOIN pg_stats AS s
        ON
            s.schemaname = tn.nspname AND NOT s.inherited
            AND s.tablename = CASE WHEN ta.attnum IS NULL THEN c.relname ELSE t.relname END
            AND s.attname = coalesce(ta.attname, ia.attname)
    WHERE ia.attrelid = c.oid
) AS a
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN a.keys = 1 AND NOT i.indisunique AND a.rows_a_key > 1 THEN least(a.full_bytes, 6 + a.full_bytes / a.rows_a_key)
            ELSE a.full_bytes
        END AS row_bytes
) AS k
WHERE
    c.relkind = 'i' AND i.indisvalid AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND c.reltuples > 0 AND c.relpages * b.bytes >= :bloat_min_bytes
    AND a.measured = a.keys
ORDER BY c.relpages DESC, c.oid
LIMIT 100;
