-- After each checkpoint every page is written to WAL in full once more: checkpoints forced by WAL make more WAL.
SELECT
    num_timed AS timed,
    num_requested AS requested,
    extract(epoch FROM clock_timestamp() - stats_reset)::float8 AS seconds,
    (SELECT setting::int FROM pg_settings WHERE name = 'max_wal_size') AS max_wal_mb
FROM pg_stat_checkpointer;
