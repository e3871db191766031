-- Vacuum removes nothing that the oldest snapshot might still see: tables grow meanwhile. A session tells since when; of a
-- replica (hot_standby_feedback) and of a slot only the number of transactions since is known.
SELECT
    'session' AS kind,
    pid::text AS id,
    coalesce(nullif(application_name, ''), usename::text, '?') AS who,
    extract(epoch FROM clock_timestamp() - xact_start)::float8 AS seconds,
    age(backend_xmin) AS transactions
FROM pg_stat_activity
WHERE
    backend_xmin IS NOT NULL AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    -- A snapshot in another database holds back the shared catalogs only.
    AND datname = current_database()
    AND age(backend_xmin) > 0
UNION ALL
SELECT
    'replica',
    pid::text,
    coalesce(nullif(application_name, ''), client_addr::text, '?'),
    NULL,
    age(backend_xmin)
FROM pg_stat_replication
WHERE backend_xmin IS NOT NULL
UNION ALL
SELECT
    'slot',
    quote_literal(slot_name),
    quote_literal(slot_name),
    NULL,
    greatest(age(xmin), age(catalog_xmin))
FROM pg_replication_slots
WHERE (xmin IS NOT NULL OR catalog_xmin IS NOT NULL) AND (database IS NULL OR database = current_database())
ORDER BY transactions DESC, id
LIMIT 20;
