-- A build's WAL goes to every replica; replay_lag keeps its last value when nothing is written, so it counts only
-- while there is something left to replay.
SELECT coalesce(nullif(application_name, ''), client_addr::text, pid::text) AS name,
       extract(epoch FROM replay_lag)::float8 AS lag_s
FROM pg_catalog.pg_stat_replication
WHERE replay_lag IS NOT NULL
  AND NOT pg_catalog.pg_is_in_recovery()
  AND replay_lsn < sent_lsn
