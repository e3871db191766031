-- What a user wrote is not yet what he reads from a replica that is behind, and a failover would lose or wait for it.
SELECT
    coalesce(nullif(application_name, ''), client_addr::text, 'replica') AS name,
    extract(epoch FROM replay_lag)::float8 AS seconds,
    pg_wal_lsn_diff(
        CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, replay_lsn
    )::bigint AS bytes,
    true AS connected
FROM pg_stat_replication
-- A backup or an archive of WAL replays nothing.
WHERE state IN ('streaming', 'catchup') AND replay_lsn IS NOT NULL
UNION ALL
SELECT
    'this replica',
    CASE
        WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
        ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8
    END,
    pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::bigint,
    EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')
-- One that is fed from an archive alone has no receiver, and never received by one.
WHERE pg_is_in_recovery() AND pg_last_wal_receive_lsn() IS NOT NULL
ORDER BY seconds DESC NULLS LAST, name;
