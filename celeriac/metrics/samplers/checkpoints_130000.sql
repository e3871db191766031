-- Requested checkpoints and a fast-growing WAL are what write stalls look like from outside; up to PostgreSQL 16.
SELECT
    CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')
         ELSE pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') END AS wal_bytes,
    b.checkpoints_timed AS timed,
    b.checkpoints_req AS requested,
    b.checkpoint_write_time AS write_ms,
    b.checkpoint_sync_time AS sync_ms,
    b.buffers_checkpoint AS checkpoint_blocks,
    b.buffers_clean AS cleaner_blocks,
    b.buffers_alloc AS allocated_blocks
FROM pg_stat_bgwriter AS b;
