-- A large table that is read from end to end again and again lacks an index, or a limit.
SELECT
    format('%I.%I', n.nspname, c.relname) AS name,
    pg_stat_get_live_tuples(c.oid) AS rows,
    pg_stat_get_numscans(c.oid) AS sequential_scans,
    i.scans AS index_scans,
    pg_stat_get_tuples_returned(c.oid) AS rows_read
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT coalesce(sum(pg_stat_get_numscans(x.indexrelid)), 0)::bigint AS scans FROM pg_index AS x WHERE x.indrelid = c.oid
) AS i
WHERE
    c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND pg_stat_get_live_tuples(c.oid) >= :sequential_min_rows
    AND pg_stat_get_numscans(c.oid) >= :sequential_min_scans
    -- Counts and LIMITs without a filter stop early or must read all; an index helps where most rows were read.
    AND pg_stat_get_tuples_returned(c.oid) >= pg_stat_get_numscans(c.oid) * pg_stat_get_live_tuples(c.oid) / 2
ORDER BY pg_stat_get_tuples_returned(c.oid) DESC, c.oid
LIMIT 20;
