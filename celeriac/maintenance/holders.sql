-- Vacuum may not remove what the oldest transaction might still see; the holder is named, for that is who can end it. Of a
-- replica (hot_standby_feedback) and of a slot only the number of transactions since is known.
SELECT
    'process ' || pid AS who,
    extract(epoch FROM clock_timestamp() - xact_start)::float8 AS seconds,
    greatest(age(backend_xmin), age(backend_xid)) AS transactions
FROM pg_stat_activity
WHERE
    datname = current_database() AND pid NOT IN (:own_pid, pg_backend_pid())
    AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
    -- Vacuum's own snapshot holds nobody back.
    AND backend_type = 'client backend'
UNION ALL
SELECT 'prepared transaction ' || gid, extract(epoch FROM clock_timestamp() - prepared)::float8, age(transaction)
FROM pg_prepared_xacts
WHERE database = current_database()
UNION ALL
SELECT 'replica ' || coalesce(nullif(application_name, ''), client_addr::text, pid::text), NULL, age(backend_xmin)
FROM pg_stat_replication
WHERE backend_xmin IS NOT NULL
UNION ALL
SELECT 'slot ' || slot_name, NULL, age(xmin)
FROM pg_replication_slots
WHERE xmin IS NOT NULL
ORDER BY seconds DESC NULLS LAST, transactions DESC
