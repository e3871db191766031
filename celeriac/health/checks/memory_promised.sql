-- Each sort and hash of each session may take work_mem; what all may take together must not exceed the machine.
SELECT
    pg_size_bytes(current_setting('shared_buffers')) AS buffers_bytes,
    (pg_size_bytes(current_setting('work_mem')) * greatest(current_setting('hash_mem_multiplier')::float8, 1))::bigint
    AS sort_bytes,
    current_setting('max_connections')::int AS connections,
    current_setting('autovacuum_max_workers')::int * pg_size_bytes(coalesce(
        nullif(current_setting('autovacuum_work_mem'), '-1'), current_setting('maintenance_work_mem')
    )) AS maintenance_bytes;
