-- Where nobody makes the next partition, inserts fail at midnight, or fall into the default partition and stay there.
-- The next one is as wide as the last: age() knows months.
SELECT
    format('%I.%I', n.nspname, c.relname) AS name,
    p.upper::timestamptz AS ends,
    (p.upper::timestamp + age(p.upper::timestamp, p.lower::timestamp))::timestamptz AS next_ends,
    clock_timestamp() AS now,
    p.upper,
    -- Written as the bound is: a date stays one.
    left((p.upper::timestamp + age(p.upper::timestamp, p.lower::timestamp))::text, length(p.upper))
    || coalesce(substring(p.upper FROM ':\d\d(?:\.\d+)?([+-]\d\d(?::\d\d)?)$'), '') AS next_upper,
    coalesce(greatest(pg_stat_get_live_tuples(d.oid), d.reltuples::bigint), 0) AS default_rows,
    CASE WHEN d.oid IS NOT NULL THEN format('%I.%I', dn.nspname, d.relname) END AS default_name
FROM pg_partitioned_table AS part
INNER JOIN pg_class AS c ON c.oid = part.partrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = part.partattrs[0]
CROSS JOIN LATERAL (
    SELECT
        b.bound[1] AS lower,
        b.bound[2] AS upper
    FROM pg_inherits AS i
    INNER JOIN pg_class AS child ON child.oid = i.inhrelid
    CROSS JOIN LATERAL regexp_match(
        pg_get_expr(child.relpartbound, child.oid), 'FROM \(''([^'']+)''\) TO \((?:''([^'']+)''|MAXVALUE)\)'
    ) AS b (bound)
    WHERE i.inhparent = c.oid AND b.bound IS NOT NULL
    ORDER BY b.bound[2]::timestamptz DESC NULLS FIRST
    LIMIT 1
) AS p
LEFT JOIN pg_class AS d ON d.oid = part.partdefid
LEFT JOIN pg_namespace AS dn ON dn.oid = d.relnamespace
WHERE
    part.partstrat = 'r' AND part.partnatts = 1
    AND a.atttypid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
    -- The last of all goes on for ever.
    AND p.upper IS NOT NULL
ORDER BY c.oid
LIMIT 50;
