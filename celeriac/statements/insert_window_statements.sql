-- All statements of a window in one round trip.
INSERT INTO celeriac.window_statement (
    window_id, fingerprint, calls, total_ms, square_ms2, rows, shared_hit_blocks, shared_read_blocks,
    shared_dirtied_blocks, shared_written_blocks, temp_blocks, io_ms, wal_bytes, plan_ms
)
SELECT
    :window_id, fingerprint, calls, total_ms, square_ms2, rows, shared_hit_blocks, shared_read_blocks,
    shared_dirtied_blocks, shared_written_blocks, temp_blocks, io_ms, wal_bytes, plan_ms
FROM jsonb_to_recordset(CAST(:documents AS jsonb)) AS document (
    fingerprint text, calls bigint, total_ms float8, square_ms2 float8, rows bigint, shared_hit_blocks bigint,
    shared_read_blocks bigint, shared_dirtied_blocks bigint, shared_written_blocks bigint, temp_blocks bigint,
    io_ms float8, wal_bytes bigint, plan_ms float8
);
