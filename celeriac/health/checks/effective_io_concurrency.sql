-- Flash and arrays of disks answer many reads at once; a bitmap scan asks for as many as this setting allows.
SELECT
    current_setting('effective_io_concurrency')::int AS concurrency,
    blks_read AS blocks,
    blk_read_time AS read_ms,
    current_setting('track_io_timing')::bool AS timed
FROM pg_stat_database
WHERE datname = current_database();
