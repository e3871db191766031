-- Space that dead rows left is filled again by new ones, but never given back: a table that was once larger is read so.
-- What the rows need is estimated from pg_stats: a header of 24 bytes, 8 more where there are many columns with NULLs,
-- the average widths, 4 of line pointer. Large values stand elsewhere (TOAST) and do not count.
SELECT
    c.oid::bigint,
    format('%I.%I', n.nspname, c.relname) AS name,
    s.size_bytes,
    s.size_bytes - (ceil(c.reltuples * w.row_bytes / ((b.bytes - 24) * f.fill)) * b.bytes)::bigint AS wasted_bytes
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN (SELECT current_setting('block_size')::bigint AS bytes) AS b
CROSS JOIN LATERAL (SELECT c.relpages * b.bytes AS size_bytes) AS s
CROSS JOIN LATERAL (
    SELECT coalesce(max(o.option_value::float8) FILTER (WHERE o.option_name = 'fillfactor'), 100) / 100 AS fill
    FROM pg_options_to_table(c.reloptions) AS o
) AS f
CROSS JOIN LATERAL (
    SELECT
        count(*) AS columns,
        count(st.avg_width) AS measured,
        24 + 4 + (max(st.null_frac) > 0 AND count(*) > 8)::int * 8
        + 8 * ceil(sum((1 - st.null_frac) * st.avg_width) / 8) AS row_bytes
    FROM pg_attribute AS a
    LEFT JOIN pg_stats AS st
        ON st.schemaname = n.nspname AND st.tablename = c.relname AND st.attname = a.attname AND NOT st.inherited
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
) AS w
WHERE
    c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND c.reltuples > 0 AND c.relpages * b.bytes >= :bloat_min_bytes
    AND w.measured = w.columns
ORDER BY c.relpages DESC, c.oid
LIMIT 100;
