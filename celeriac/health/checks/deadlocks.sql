-- A deadlock ends one of two transactions, and its work is to be done again. Since PostgreSQL 15 the counters of a
-- database have no beginning until they are reset; the background writer's have.
SELECT
    deadlocks,
    extract(
        epoch FROM clock_timestamp()
        - coalesce(stats_reset, (SELECT b.stats_reset FROM pg_stat_bgwriter AS b), pg_postmaster_start_time())
    )::float8 AS seconds
FROM pg_stat_database
WHERE datname = current_database();
