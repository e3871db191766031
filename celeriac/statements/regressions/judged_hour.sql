-- Two hours as they were folded, for statements that run too rarely to be judged by shorter windows.
WITH of_hour AS (
    SELECT * FROM celeriac.statement_hour
    WHERE target = :target AND fingerprint <> '*'
        AND at IN (CAST(:at AS timestamptz), CAST(:at AS timestamptz) - interval '1 hour')
), wanted AS (
    (SELECT fingerprint FROM of_hour WHERE at = CAST(:at AS timestamptz) ORDER BY total_ms DESC LIMIT :most)
    UNION
    SELECT unnest(CAST(:watched AS text[]))
), loads AS (
    SELECT at, sum(total_ms) AS load_ms FROM of_hour GROUP BY at
)
SELECT
    (extract(epoch FROM h.at) / 3600)::bigint AS bucket, h.fingerprint, h.seconds, h.calls, h.total_ms, h.square_ms2,
    h.rows, h.shared_hit_blocks, h.shared_read_blocks, h.shared_dirtied_blocks, h.shared_written_blocks, h.temp_blocks,
    h.io_ms, h.wal_bytes, h.plan_ms, loads.load_ms
FROM of_hour AS h
JOIN wanted USING (fingerprint)
JOIN loads USING (at);
