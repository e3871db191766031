-- What writes no WAL reaches no replica: a failover loses it all.
SELECT
    format('%I.%I', n.nspname, c.relname) AS name,
    c.relpages::bigint * current_setting('block_size')::bigint AS size_bytes
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE
    c.relkind IN ('r', 'm') AND c.relpersistence = 'u'
    AND EXISTS (SELECT FROM pg_replication_slots WHERE slot_type = 'physical' AND NOT temporary
                UNION ALL SELECT FROM pg_stat_replication WHERE state = 'streaming')
ORDER BY c.relpages DESC, c.oid
LIMIT 50;
