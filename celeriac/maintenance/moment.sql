-- What else goes on right now: a run of ours competes with every session, and vacuum, analyze and a concurrent build of one
-- table exclude each other.
SELECT
    clock_timestamp()::time AS at,
    pg_is_in_recovery() AS is_standby,
    (
        SELECT count(*) FROM pg_stat_activity
        WHERE state = 'active' AND backend_type = 'client backend' AND pid NOT IN (:own_pid, pg_backend_pid())
    ) AS active,
    (
        SELECT min(pid) FROM pg_stat_progress_vacuum WHERE datname = current_database() AND pid <> :own_pid
    ) AS vacuum_pid,
    (
        SELECT min(pid) FROM (
            SELECT pid FROM pg_stat_progress_vacuum WHERE datname = current_database() AND relid = :oid
            UNION ALL
            SELECT pid FROM pg_stat_progress_analyze WHERE datname = current_database() AND relid = :oid
        ) AS upkeep
        WHERE pid <> :own_pid
    ) AS upkeep_pid,
    (
        SELECT min(pid) FROM pg_stat_progress_create_index WHERE datname = current_database()
    ) AS build_pid,
    (
        SELECT min(l.pid) FROM pg_locks AS l
        INNER JOIN pg_database AS d ON d.oid = l.database
        WHERE
            d.datname = current_database() AND l.relation = :oid AND l.granted AND l.pid <> :own_pid
            AND l.mode IN (
                'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'
            )
    ) AS lock_pid
