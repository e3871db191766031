-- While archiving fails, no backup can be restored to the present, and every segment stays on the server's own disk.
SELECT
    failed_count AS failed,
    coalesce(last_failed_time > last_archived_time, last_failed_time IS NOT NULL) AS failing,
    extract(epoch FROM clock_timestamp() - last_archived_time)::float8 AS archived_s
FROM pg_stat_archiver
WHERE current_setting('archive_mode') <> 'off';
