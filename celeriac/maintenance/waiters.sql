-- Who waits because of us: only sessions that have an ungranted lock are asked whom they wait for, since asking locks the
-- lock table.
SELECT DISTINCT l.pid
FROM pg_locks AS l
WHERE NOT l.granted AND l.pid <> :pid AND :pid = ANY (pg_blocking_pids(l.pid))
ORDER BY l.pid
