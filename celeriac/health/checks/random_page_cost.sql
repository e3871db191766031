-- The default takes a random read to cost four reads in order; on flash it costs about one, and index scans are shunned.
SELECT
    current_setting('random_page_cost')::float8 AS random,
    current_setting('seq_page_cost')::float8 AS sequential,
    blks_read AS blocks,
    blk_read_time AS read_ms,
    current_setting('track_io_timing')::bool AS timed
FROM pg_stat_database
WHERE datname = current_database();
