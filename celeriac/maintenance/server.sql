-- What holds for every table that says nothing else: when autovacuum comes, and whether it comes at all.
SELECT
    clock_timestamp() AS at,
    current_setting('autovacuum')::bool AND current_setting('track_counts')::bool AS autovacuum,
    current_setting('autovacuum_analyze_threshold')::float8 AS analyze_base,
    current_setting('autovacuum_analyze_scale_factor')::float8 AS analyze_scale,
    current_setting('autovacuum_vacuum_threshold')::float8 AS vacuum_base,
    current_setting('autovacuum_vacuum_scale_factor')::float8 AS vacuum_scale,
    current_setting('autovacuum_vacuum_insert_threshold')::float8 AS insert_base,
    current_setting('autovacuum_vacuum_insert_scale_factor')::float8 AS insert_scale,
    -- Since PostgreSQL 18; -1 is none.
    coalesce(current_setting('autovacuum_vacuum_max_threshold', true)::float8, -1) AS vacuum_most
