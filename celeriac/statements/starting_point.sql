-- The server's state at the last capture: what the next one is compared with.
SELECT ended_at, server
FROM celeriac.statement_window
WHERE target = :target
ORDER BY id DESC
LIMIT 1;
