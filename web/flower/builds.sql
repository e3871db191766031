-- How far each index build is, by the index that is being made: what an operator who waits wants to know.
SELECT relation.relname AS index_name,
       progress.phase,
       coalesce(
           CASE
               WHEN progress.blocks_total > 0 THEN 100.0 * progress.blocks_done / progress.blocks_total
               WHEN progress.tuples_total > 0 THEN 100.0 * progress.tuples_done / progress.tuples_total
               WHEN progress.lockers_total > 0 THEN 100.0 * progress.lockers_done / progress.lockers_total
           END,
           0
       )::float8 AS percent,
       nullif(progress.current_locker_pid, 0)::int AS waits_for
FROM pg_catalog.pg_stat_progress_create_index AS progress
LEFT JOIN pg_catalog.pg_class AS relation ON relation.oid = progress.index_relid
WHERE progress.datname = current_database()
