-- The default of 128 MB is for the smallest machine; a quarter of the memory is where most systems do well.
SELECT
    pg_size_bytes(current_setting('shared_buffers')) AS buffers_bytes,
    (
        SELECT sum(relpages::bigint) * current_setting('block_size')::bigint
        FROM pg_class
        WHERE relkind IN ('r', 'm', 'i', 't')
    )::bigint AS data_bytes,
    blks_hit AS hit,
    blks_read AS read
FROM pg_stat_database
WHERE datname = current_database();
