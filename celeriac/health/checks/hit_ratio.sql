-- A block that is not in shared_buffers is asked from the system, and often from the disk.
SELECT
    kind,
    sum(hit)::bigint AS hit,
    sum(read)::bigint AS read,
    (array_agg(oid::regclass::text ORDER BY read DESC))[1] AS worst
FROM (
    SELECT
        c.oid,
        CASE c.relkind WHEN 'i' THEN 'indexes' ELSE 'tables' END AS kind,
        pg_stat_get_blocks_hit(c.oid) AS hit,
        pg_stat_get_blocks_fetched(c.oid) - pg_stat_get_blocks_hit(c.oid) AS read
    FROM pg_class AS c
    INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 'i') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
) AS relation
GROUP BY kind
ORDER BY kind DESC;
