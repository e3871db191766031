-- The head of the list, ranked where the figures lie: hours that were folded stand for their windows, and only the
-- statements of the head are joined with their texts, which are long.
WITH bounds AS (
    SELECT
        CAST(:since AS timestamptz) AS since,
        CAST(:until AS timestamptz) AS until,
        coalesce(
            (SELECT max(at) + interval '1 hour' FROM celeriac.statement_hour
             WHERE target = :target AND fingerprint = '*' AND CAST(:by_hour AS boolean)),
            '-infinity'
        ) AS folded_until
), parts AS (
    SELECT
        fingerprint, calls, total_ms, square_ms2, rows, shared_hit_blocks AS hit, shared_read_blocks AS read, io_ms,
        wal_bytes
    FROM celeriac.window_statement
    WHERE window_id IN (
        SELECT id
        FROM celeriac.statement_window, bounds
        WHERE target = :target AND started_at IS NOT NULL AND ended_at > since AND ended_at <= until
            AND ended_at >= folded_until
    )
    UNION ALL
    SELECT fingerprint, calls, total_ms, square_ms2, rows, shared_hit_blocks, shared_read_blocks, io_ms, wal_bytes
    FROM celeriac.statement_hour, bounds
    WHERE target = :target AND at >= since AND at < until AND at < folded_until
        AND fingerprint <> '*'
), summed AS (
    SELECT
        fingerprint,
        sum(calls)::bigint AS calls,
        sum(total_ms) AS total_ms,
        sum(square_ms2) AS square_ms2,
        sum(rows)::bigint AS rows,
        sum(hit)::bigint AS hit,
        sum(read)::bigint AS read,
        sum(io_ms) AS io_ms,
        sum(wal_bytes)::bigint AS wal_bytes
    FROM parts
    GROUP BY fingerprint
), ranked AS (
    SELECT
        *,
        total_ms / nullif(sum(total_ms) OVER (), 0) AS share_of_time,
        row_number() OVER (
            ORDER BY
                CASE :order
                    WHEN 'mean_ms' THEN total_ms / nullif(calls, 0)
                    WHEN 'calls' THEN calls
                    WHEN 'blocks' THEN hit + read
                    WHEN 'io_ms' THEN io_ms
                    WHEN 'rows' THEN rows
                    ELSE total_ms
                END DESC NULLS LAST,
                fingerprint
        ) AS place
    FROM summed
)
SELECT
    r.fingerprint, t.role, t.text, r.calls, r.total_ms, r.square_ms2, r.rows, r.hit, r.read, r.io_ms, r.wal_bytes,
    r.place,
    coalesce(r.share_of_time, 0) AS share_of_time
FROM ranked AS r
JOIN celeriac.statement AS t ON t.target = :target AND t.fingerprint = r.fingerprint
WHERE r.place > :place AND r.place <= :place + :limit
ORDER BY r.place;
