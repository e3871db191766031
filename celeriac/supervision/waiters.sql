-- Who waits because of us: only sessions that have an ungranted lock are asked whom they wait for, since asking locks
-- the lock table. Locks that a statement holds for an instant, such as the one under which a file grows, are no reason
-- to stop: everyone who writes waits for those, with or without us. Visible to every role.
SELECT DISTINCT l.pid
FROM pg_catalog.pg_locks AS l
WHERE NOT l.granted
  AND l.locktype NOT IN ('extend', 'page', 'tuple', 'spectoken')
  AND l.pid <> :pid
  AND :pid = ANY (pg_catalog.pg_blocking_pids(l.pid))
ORDER BY l.pid
