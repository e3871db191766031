-- Without it a slow disk and a bad plan look the same. pg_test_timing tells what it costs: little on any machine of today.
SELECT
    current_setting('track_io_timing')::bool AS timed,
    blks_read AS blocks
FROM pg_stat_database
WHERE datname = current_database();
