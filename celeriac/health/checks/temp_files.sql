-- What does not fit into work_mem is written to files and read again. Since PostgreSQL 15 the counters of a database have
-- no beginning until they are reset; the background writer's have.
SELECT
    temp_files AS files,
    temp_bytes AS bytes,
    extract(
        epoch FROM clock_timestamp()
        - coalesce(stats_reset, (SELECT b.stats_reset FROM pg_stat_bgwriter AS b), pg_postmaster_start_time())
    )::float8 AS seconds,
    pg_size_bytes(current_setting('work_mem')) AS work_mem_bytes
FROM pg_stat_database
WHERE datname = current_database();
