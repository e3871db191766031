-- How far a vacuum or analyze is, in percent of the table's pages.
SELECT phase, 100.0 * heap_blks_scanned / greatest(heap_blks_total, 1) AS percent
FROM pg_stat_progress_vacuum
WHERE pid = :pid
UNION ALL
SELECT phase, 100.0 * sample_blks_scanned / greatest(sample_blks_total, 1)
FROM pg_stat_progress_analyze
WHERE pid = :pid
LIMIT 1
