-- The few statements that hold most of the load of the newest window: who takes the time, who the blocks, who waits.
SELECT s.fingerprint, s.calls, s.total_ms, s.shared_hit_blocks + s.shared_read_blocks AS blocks, s.io_ms
FROM celeriac.window_statement AS s
WHERE s.window_id = (
    SELECT id FROM celeriac.statement_window
    WHERE target = :target AND started_at IS NOT NULL ORDER BY id DESC LIMIT 1
)
ORDER BY s.total_ms DESC, s.fingerprint
LIMIT :statements;
