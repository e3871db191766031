-- Without autovacuum dead rows pile up and statistics grow stale, until a forced vacuum against wraparound.
SELECT NULL::text AS name
WHERE NOT current_setting('autovacuum')::bool
UNION ALL
(SELECT format('%I.%I', n.nspname, c.relname)
 FROM pg_class AS c
 INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL pg_options_to_table(c.reloptions) AS o
 WHERE c.relkind IN ('r', 'm') AND o.option_name = 'autovacuum_enabled' AND NOT o.option_value::bool
 ORDER BY c.relpages DESC, c.oid
 LIMIT 50);
