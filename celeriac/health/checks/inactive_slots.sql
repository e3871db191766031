-- A slot keeps WAL until its consumer has read it; without a consumer it keeps all that is written, until the disk is full.
SELECT
    quote_literal(s.slot_name) AS name,
    s.slot_type AS kind,
    greatest(0, coalesce(pg_wal_lsn_diff(
        CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, s.restart_lsn
    ), 0))::bigint AS kept_bytes,
    s.wal_status AS status,
    extract(epoch FROM clock_timestamp() - (to_jsonb(s) ->> 'inactive_since')::timestamptz)::float8 AS inactive_s
FROM pg_replication_slots AS s
-- One that was never used keeps nothing yet.
WHERE NOT s.active AND NOT s.temporary AND (s.restart_lsn IS NOT NULL OR s.wal_status = 'lost')
ORDER BY kept_bytes DESC, s.slot_name
LIMIT 50;
