-- How many sessions the database serves at this moment, ours left out: warming gives way to them.
SELECT count(*) AS active
FROM pg_catalog.pg_stat_activity
WHERE backend_type = 'client backend' AND state = 'active' AND pid <> pg_catalog.pg_backend_pid();
