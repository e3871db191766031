-- A standby far behind serves stale reads; a forgotten slot fills the disk of the primary.
WITH here AS (
    SELECT
        pg_is_in_recovery() AS standby,
        CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS lsn
)
SELECT
    'server' AS family,
    NULL::text AS label,
    standby AS flag,
    CASE
        WHEN NOT standby OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
        ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
    END::float8 AS value
FROM here
UNION ALL
(SELECT 'standby', coalesce(nullif(r.application_name, ''), 'unnamed') || ' ' || coalesce(host(r.client_addr), 'local'),
        r.state = 'streaming', pg_wal_lsn_diff(here.lsn, r.replay_lsn)::float8
 FROM pg_stat_replication AS r CROSS JOIN here
 ORDER BY r.pid LIMIT 50)
UNION ALL
(SELECT 'slot', s.slot_name, s.active, pg_wal_lsn_diff(here.lsn, s.restart_lsn)::float8
 FROM pg_replication_slots AS s CROSS JOIN here
 ORDER BY s.slot_name LIMIT 50)
UNION ALL
(SELECT 'safe', s.slot_name, s.active, s.safe_wal_size::float8
 FROM pg_replication_slots AS s
 WHERE s.safe_wal_size IS NOT NULL
 ORDER BY s.slot_name LIMIT 50);
