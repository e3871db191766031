-- The two windows that are judged, each several captures added up, where they lie: of thousands of statements only those
-- are sent that hold the load, and those that are watched.
WITH captured AS MATERIALIZED (
    SELECT
        id,
        floor(extract(epoch FROM ended_at) / :window_s)::bigint AS bucket,
        extract(epoch FROM ended_at - started_at) AS seconds
    FROM celeriac.statement_window
    WHERE target = :target
        AND started_at IS NOT NULL
        AND ended_at >= to_timestamp((:newest - 1) * :window_s)
        AND ended_at < to_timestamp((:newest + 1) * :window_s)
), spans AS (
    SELECT bucket, sum(seconds)::float8 AS seconds FROM captured GROUP BY bucket
), bucketed AS MATERIALIZED (
    SELECT
        c.bucket, w.fingerprint,
        sum(calls::float8)::bigint AS calls, sum(total_ms) AS total_ms, sum(square_ms2) AS square_ms2,
        sum(rows::float8)::bigint AS rows, sum(shared_hit_blocks::float8)::bigint AS shared_hit_blocks,
        sum(shared_read_blocks::float8)::bigint AS shared_read_blocks,
        sum(shared_dirtied_blocks::float8)::bigint AS shared_dirtied_blocks,
        sum(shared_written_blocks::float8)::bigint AS shared_written_blocks, sum(temp_blocks::float8)::bigint AS temp_blocks,
        sum(io_ms) AS io_ms, sum(wal_bytes::float8)::bigint AS wal_bytes, sum(plan_ms) AS plan_ms
    FROM captured AS c
    JOIN celeriac.window_statement AS w ON w.window_id = c.id
    GROUP BY c.bucket, w.fingerprint
), wanted AS (
    (SELECT fingerprint FROM bucketed WHERE bucket = :newest ORDER BY total_ms DESC LIMIT :most)
    UNION
    SELECT unnest(CAST(:watched AS text[]))
), loads AS (
    SELECT bucket, sum(total_ms) AS load_ms FROM bucketed GROUP BY bucket
)
SELECT b.*, spans.seconds, loads.load_ms
FROM bucketed AS b
JOIN wanted USING (fingerprint)
JOIN spans USING (bucket)
JOIN loads USING (bucket);
