-- The counters of every statement of this database without the texts, which would be read from a file of megabytes;
-- this may run each minute. Layout of pg_stat_statements 1.9, as of PostgreSQL 14.
SELECT
    userid AS user_id,
    queryid AS query_id,
    toplevel AS top_level,
    NULL::timestamptz AS since,
    calls,
    total_exec_time AS total_ms,
    -- The deviation is the population's, so this is the exact sum of squares.
    calls * (mean_exec_time * mean_exec_time + stddev_exec_time * stddev_exec_time) AS square_ms2,
    rows,
    shared_blks_hit AS shared_hit_blocks,
    shared_blks_read AS shared_read_blocks,
    shared_blks_dirtied AS shared_dirtied_blocks,
    shared_blks_written AS shared_written_blocks,
    temp_blks_read + temp_blks_written AS temp_blocks,
    blk_read_time + blk_write_time AS io_ms,
    wal_bytes::bigint AS wal_bytes,
    total_plan_time AS plan_ms
FROM pg_stat_statements(false)
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    -- Managed services hide the statements of their own role from everybody.
    AND queryid IS NOT NULL;
