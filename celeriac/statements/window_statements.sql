-- Statements added up over windows where they lie: a day is some hundred windows of thousands of rows.
SELECT
    statement.fingerprint,
    statement.role,
    statement.text,
    COALESCE(known.query_ids, '{}') AS query_ids,
    summed.calls, summed.total_ms, summed.square_ms2, summed.rows, summed.shared_hit_blocks,
    summed.shared_read_blocks, summed.shared_dirtied_blocks, summed.shared_written_blocks, summed.temp_blocks,
    summed.io_ms, summed.wal_bytes, summed.plan_ms
FROM (
    SELECT
        fingerprint,
        sum(calls)::bigint AS calls,
        sum(total_ms) AS total_ms,
        sum(square_ms2) AS square_ms2,
        sum(rows)::bigint AS rows,
        sum(shared_hit_blocks)::bigint AS shared_hit_blocks,
        sum(shared_read_blocks)::bigint AS shared_read_blocks,
        sum(shared_dirtied_blocks)::bigint AS shared_dirtied_blocks,
        sum(shared_written_blocks)::bigint AS shared_written_blocks,
        sum(temp_blocks)::bigint AS temp_blocks,
        sum(io_ms) AS io_ms,
        sum(wal_bytes)::bigint AS wal_bytes,
        sum(plan_ms) AS plan_ms
    FROM celeriac.window_statement
    WHERE window_id = ANY(CAST(:ids AS bigint[]))
    GROUP BY fingerprint
) AS summed
JOIN celeriac.statement ON statement.target = :target AND statement.fingerprint = summed.fingerprint
LEFT JOIN (
    SELECT fingerprint, array_agg(DISTINCT query_id) AS query_ids
    FROM celeriac.statement_counter
    WHERE target = :target
    GROUP BY fingerprint
) AS known ON known.fingerprint = summed.fingerprint
ORDER BY summed.total_ms DESC, summed.fingerprint;
