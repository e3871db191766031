-- How far the statement of one backend is: an index build by its blocks or tuples and whom it waits for, a vacuum or
-- analyze by the table's pages.
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
UNION ALL
SELECT phase, 100.0 * heap_blks_scanned / greatest(heap_blks_total, 1), NULL
FROM pg_catalog.pg_stat_progress_vacuum
WHERE pid = :pid
UNION ALL
SELECT phase, 100.0 * sample_blks_scanned / greatest(sample_blks_total, 1), NULL
FROM pg_catalog.pg_stat_progress_analyze
WHERE pid = :pid
LIMIT 1
