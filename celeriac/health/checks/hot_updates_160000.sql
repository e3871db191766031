-- An update that finds room on its page and changes no indexed column writes no index (HOT); others write every one.
SELECT
    format('%I.%I', n.nspname, c.relname) AS name,
    pg_stat_get_tuples_updated(c.oid) AS updates,
    pg_stat_get_tuples_hot_updated(c.oid) AS hot,
    pg_stat_get_tuples_newpage_updated(c.oid) AS moved,
    f.fill
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT coalesce(max(o.option_value::int) FILTER (WHERE o.option_name = 'fillfactor'), 100) AS fill
    FROM pg_options_to_table(c.reloptions) AS o
) AS f
WHERE
    c.relkind = 'r' AND c.relhasindex AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND pg_stat_get_tuples_updated(c.oid) >= :hot_min_updates
    AND f.fill > 80
ORDER BY pg_stat_get_tuples_updated(c.oid) - pg_stat_get_tuples_hot_updated(c.oid) DESC, c.oid
LIMIT 20;
