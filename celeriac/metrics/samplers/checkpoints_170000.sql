-- Requested checkpoints and a fast-growing WAL are what write stalls look like from outside; since PostgreSQL 17.
SELECT
    CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')
         ELSE pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') END AS wal_bytes,
    c.num_timed AS timed,
    c.num_requested AS requested,
    c.write_time AS write_ms,
    c.sync_time AS sync_ms,
    c.buffers_written AS checkpoint_blocks,
    b.buffers_clean AS cleaner_blocks,
    b.buffers_alloc AS allocated_blocks
FROM pg_stat_checkpointer AS c
CROSS JOIN pg_stat_bgwriter AS b;
