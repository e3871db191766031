-- How far a build is, by the backend that runs it: the phase, its blocks or tuples, and whom it waits for.
SELECT phase,
       coalesce(
           CASE
               WHEN blocks_total > 0 THEN 100.0 * blocks_done / blocks_total
               WHEN tuples_total > 0 THEN 100.0 * tuples_done / tuples_total
               WHEN lockers_total > 0 THEN 100.0 * lockers_done / lockers_total
           END,
           0
       )::float8 AS percent,
       nullif(current_locker_pid, 0)::int AS waits_for
FROM pg_catalog.pg_stat_progress_create_index
WHERE pid = :pid
