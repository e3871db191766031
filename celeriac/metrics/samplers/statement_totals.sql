-- What the newest window holds in all: the load, with what cannot be optimized; added up where it lies.
SELECT
    extract(epoch FROM w.ended_at - w.started_at)::float8 AS seconds,
    count(s.fingerprint) AS statements,
    (coalesce(sum(s.calls), 0) + coalesce((w.server #>> '{other,calls}')::bigint, 0))::bigint AS calls,
    coalesce(sum(s.total_ms), 0) + coalesce((w.server #>> '{other,total_ms}')::float8, 0) AS total_ms,
    (coalesce(sum(s.shared_hit_blocks), 0)
        + coalesce((w.server #>> '{other,shared_hit_blocks}')::bigint, 0))::bigint AS hit_blocks,
    (coalesce(sum(s.shared_read_blocks), 0)
        + coalesce((w.server #>> '{other,shared_read_blocks}')::bigint, 0))::bigint AS read_blocks,
    (coalesce(sum(s.wal_bytes), 0) + coalesce((w.server #>> '{other,wal_bytes}')::bigint, 0))::bigint AS wal_bytes
FROM (
    SELECT * FROM celeriac.statement_window WHERE target = :target ORDER BY id DESC LIMIT 1
) AS w
LEFT JOIN celeriac.window_statement AS s ON s.window_id = w.id
WHERE w.started_at IS NOT NULL
GROUP BY w.id, w.started_at, w.ended_at, w.server;
