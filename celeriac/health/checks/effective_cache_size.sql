-- The planner prices repeated index scans by what memory can hold: the system's cache and shared_buffers together.
SELECT
    pg_size_bytes(current_setting('effective_cache_size')) AS cache_bytes,
    pg_size_bytes(current_setting('shared_buffers')) AS buffers_bytes,
    (
        SELECT sum(relpages::bigint) * current_setting('block_size')::bigint
        FROM pg_class
        WHERE relkind IN ('r', 'm', 'i', 't')
    )::bigint AS data_bytes;
