-- What tells a reset, a restart or another server (after a failover) from plain growth of the counters; version 1.8 of
-- the extension keeps neither the instant of its reset nor a count of evictions.
SELECT
    clock_timestamp() AS read_at,
    pg_postmaster_start_time() AS postmaster_started_at,
    current_setting('server_version_num')::int AS server_version_num,
    NULL::timestamptz AS stats_reset,
    NULL::bigint AS dealloc;
