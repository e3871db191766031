-- The start time tells a restart or a failover; the size of shared buffers bounds what warming may fill.
SELECT
    pg_postmaster_start_time() AS started_at,
    extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8 AS uptime_s,
    (SELECT setting::bigint FROM pg_settings WHERE name = 'shared_buffers') AS buffer_blocks,
    current_setting('block_size')::integer AS block_bytes;
