-- Every index of the application with what forbids to drop it, and its counters on this server: an index with no scans
-- may still keep rows unique, serve a foreign key's checks, or identify rows for replication. Keys are compared as the
-- server sees them: column or expression, operator class, collation and direction.
SELECT i.indexrelid::bigint AS oid,
       n.nspname AS schema_name,
       t.relname AS table_name,
       t.oid::bigint AS table_oid,
       c.relname AS name,
       am.amname AS method,
       pg_catalog.pg_get_indexdef(i.indexrelid) AS ddl,
       (greatest(c.relpages, 0) * pg_catalog.current_setting('block_size')::bigint)::bigint AS size_bytes,
       i.indisvalid AS valid,
       EXISTS (
           SELECT FROM pg_catalog.pg_locks AS l
           WHERE l.database = db.datid AND l.relation = i.indrelid AND l.mode = 'ShareUpdateExclusiveLock'
       ) AS at_work,
       i.indisunique AS is_unique,
       i.indisprimary AS is_primary,
       i.indisexclusion AS is_exclusion,
       EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.indexrelid) AS backs_constraint,
       i.indisreplident AS is_replica_identity,
       i.indisclustered AS is_clustered,
       EXISTS (
           SELECT FROM pg_catalog.pg_depend AS d
           WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid IN (i.indexrelid, i.indrelid) AND d.deptype = 'e'
       ) AS of_extension,
       c.relispartition AS is_part,
       c.relkind = 'I' AS is_partitioned,
       coalesce(pg_catalog.pg_get_expr(i.indpred, i.indrelid), '') AS predicate,
       coalesce(pg_catalog.array_to_string(c.reloptions, ', '), '') AS options,
       k.keys,
       k.columns,
       k.included,
       coalesce(f.foreign_keys, '{}') AS foreign_keys,
       pg_catalog.pg_stat_get_numscans(i.indexrelid) AS scans,
       coalesce(s.seq_scan, 0) + coalesce(s.idx_scan, 0) AS table_reads,
       coalesce(s.n_tup_ins, 0) + coalesce(s.n_tup_upd, 0) + coalesce(s.n_tup_del, 0) AS table_writes,
       db.stats_reset
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
JOIN pg_catalog.pg_stat_database AS db ON db.datname = pg_catalog.current_database()
LEFT JOIN pg_catalog.pg_stat_all_tables AS s ON s.relid = i.indrelid
CROSS JOIN LATERAL (
    SELECT array_agg(
               concat_ws(' ', pg_catalog.pg_get_indexdef(i.indexrelid, a.position::int, false),
                         i.indclass[a.position - 1], i.indcollation[a.position - 1], i.indoption[a.position - 1],
                         pg_catalog.array_to_string(own.attoptions, ', '))
               ORDER BY a.position
           ) FILTER (WHERE a.position <= i.indnkeyatts) AS keys,
           array_agg(a.attnum::int ORDER BY a.position) FILTER (WHERE a.position <= i.indnkeyatts) AS columns,
           coalesce(array_agg(a.attnum::int) FILTER (WHERE a.position > i.indnkeyatts), '{}') AS included
    FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS a (attnum, position)
    LEFT JOIN pg_catalog.pg_attribute AS own ON own.attrelid = i.indexrelid AND own.attnum = a.position
) AS k
CROSS JOIN LATERAL (
    SELECT array_agg(pg_catalog.array_to_string(x.conkey, ' ')) AS foreign_keys
    FROM pg_catalog.pg_constraint AS x
    WHERE x.conrelid = i.indrelid AND x.contype = 'f'
) AS f
WHERE n.nspname <> 'celeriac'
  AND n.nspname <> 'information_schema'
  AND n.nspname !~ '^pg_'
  AND t.relpersistence = 'p'
ORDER BY i.indexrelid
