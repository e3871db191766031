-- What a statement writes goes to every replica. replay_lag keeps its last value when nothing is written, so it counts
-- only while something is left to replay; and it stays empty where replay stands still, so the bytes count as well.
SELECT coalesce(nullif(application_name, ''), client_addr::text, pid::text) AS name,
       CASE WHEN replay_lsn < sent_lsn THEN coalesce(extract(epoch FROM replay_lag), 0) ELSE 0 END::float8 AS lag_s,
       coalesce(pg_catalog.pg_wal_lsn_diff(sent_lsn, replay_lsn), 0)::bigint AS lag_bytes
FROM pg_catalog.pg_stat_replication
WHERE NOT pg_catalog.pg_is_in_recovery()
