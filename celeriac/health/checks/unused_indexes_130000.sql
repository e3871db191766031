-- An index that no plan uses still costs each write. Left alone is what enforces something, serves a foreign key's
-- checks, belongs to a partition or an extension. Scans that our own EXPLAINs caused do not count.
WITH counted AS (
    SELECT
        coalesce(stats_reset, (SELECT b.stats_reset FROM pg_stat_bgwriter AS b), pg_postmaster_start_time()) AS since
    FROM pg_stat_database
    WHERE datname = current_database()
)

SELECT
    i.indexrelid::bigint AS oid,
    format('%I.%I', n.nspname, c.relname) AS name,
    c.relpages::bigint * current_setting('block_size')::bigint AS size_bytes,
    extract(epoch FROM clock_timestamp() - counted.since)::float8 AS idle_s,
    (SELECT count(*)::int FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn IS NOT NULL) AS replicas
FROM pg_index AS i
INNER JOIN pg_class AS c ON c.oid = i.indexrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN counted
WHERE
    c.relkind = 'i' AND NOT c.relispartition
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND i.indisvalid AND NOT i.indisunique AND NOT i.indisexclusion AND NOT i.indisreplident AND NOT i.indisclustered
    AND c.relpages::bigint * current_setting('block_size')::bigint >= :unused_index_min_bytes
    AND pg_stat_get_numscans(i.indexrelid) <= coalesce((CAST(:by_plans AS jsonb) ->> i.indexrelid::text)::bigint, 0)
    -- A table that is hardly read proves nothing of its indexes.
    AND (
        SELECT pg_stat_get_numscans(i.indrelid) + sum(pg_stat_get_numscans(x.indexrelid))
        FROM pg_index AS x
        WHERE x.indrelid = i.indrelid
    ) >= :unused_min_reads
    AND NOT EXISTS (
        SELECT FROM pg_constraint AS f
        WHERE
            f.conrelid = i.indrelid AND f.contype = 'f' AND cardinality(f.conkey) <= i.indnkeyatts
            AND f.conkey <@ (i.indkey::int2[])[0:cardinality(f.conkey) - 1]
    )
    AND NOT EXISTS (
        SELECT FROM pg_depend AS d
        WHERE d.classid = 'pg_class'::regclass AND d.objid IN (i.indexrelid, i.indrelid) AND d.deptype = 'e'
    )
ORDER BY c.relpages DESC, c.oid
LIMIT 50;
