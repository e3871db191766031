-- The database's own counters: they cost one row to read and tell load, cache misses and trouble apart.
SELECT
    s.xact_commit AS commits,
    s.xact_rollback AS rollbacks,
    s.tup_returned AS returned,
    s.tup_fetched AS fetched,
    s.tup_inserted AS inserted,
    s.tup_updated AS updated,
    s.tup_deleted AS deleted,
    s.blks_hit AS hit_blocks,
    s.blks_read AS read_blocks,
    s.blk_read_time AS read_ms,
    s.blk_write_time AS write_ms,
    s.temp_files,
    s.temp_bytes,
    s.deadlocks,
    s.conflicts,
    age(d.datfrozenxid) AS xid_age,
    mxid_age(d.datminmxid) AS multixact_age
FROM pg_stat_database AS s
JOIN pg_database AS d ON d.oid = s.datid
WHERE d.datname = current_database();
