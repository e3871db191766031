-- What tells a reset, a restart or another server (after a failover) from plain growth of the counters.
SELECT
    clock_timestamp() AS read_at,
    pg_postmaster_start_time() AS postmaster_started_at,
    current_setting('server_version_num')::int AS server_version_num,
    info.stats_reset,
    info.dealloc
FROM pg_stat_statements_info AS info;
