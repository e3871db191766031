-- Everything the doctor judges, in one look; all of it may be read by any role.
SELECT
    current_setting('server_version_num')::int AS version_num,
    current_setting('server_version') AS version,
    current_database() AS database,
    quote_ident(current_user) AS role,
    pg_is_in_recovery() AS is_standby,
    EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max') AS statements_loaded,
    current_setting('pg_stat_statements.track', true) AS statements_track,
    current_setting('compute_query_id', true) AS compute_query_id,
    current_setting('track_io_timing')::bool AS track_io_timing,
    pg_size_bytes(current_setting('maintenance_work_mem')) AS maintenance_work_mem_bytes,
    pg_size_bytes(current_setting('shared_buffers')) AS shared_buffers_bytes,
    current_setting('random_page_cost')::float8 AS random_page_cost,
    current_setting('max_parallel_maintenance_workers')::int AS parallel_maintenance_workers,
    pg_has_role(
        current_user,
        'pg_read_all_stats',
        CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'USAGE' END
    ) AS reads_statistics,
    pg_has_role(current_user, 'pg_monitor', 'MEMBER') AS is_monitor,
    has_database_privilege(current_database(), 'CREATE') AS may_create_schema,
    EXISTS (SELECT FROM pg_namespace WHERE nspname = 'celeriac') AS has_ledger_schema,
    EXISTS (
        SELECT
        FROM pg_namespace
        WHERE nspname = 'celeriac' AND has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid, 'CREATE')
    ) AS may_use_ledger,
    (SELECT COALESCE(jsonb_object_agg(extname, extversion), '{}') FROM pg_extension)::text AS installed,
    (
        SELECT COALESCE(jsonb_object_agg(name, default_version), '{}')
        FROM pg_available_extensions
        WHERE name IN ('pg_stat_statements', 'hypopg', 'pg_prewarm', 'pg_buffercache', 'pg_trgm')
    )::text AS available,
    (
        SELECT max(EXTRACT(epoch FROM replay_lag))::float8
        FROM pg_stat_replication
    ) AS replica_lag_s,
    (SELECT count(*) FROM pg_stat_replication) AS replicas,
    CASE WHEN pg_is_in_recovery()
        THEN EXTRACT(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8
    END AS standby_lag_s;
