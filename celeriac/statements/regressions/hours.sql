-- The hours that tell what is usual, of the statements that are judged: a few dozen looks into the primary key each.
SELECT
    (extract(epoch FROM at) / 3600)::bigint AS number, fingerprint, seconds, calls, total_ms, square_ms2, rows,
    shared_hit_blocks, shared_read_blocks, shared_dirtied_blocks, shared_written_blocks, temp_blocks, io_ms, wal_bytes,
    plan_ms, time_flutter, calls_flutter
FROM celeriac.statement_hour
WHERE target = :target
    AND at = ANY(CAST(:hours AS timestamptz[]))
    AND fingerprint = ANY(CAST(:fingerprints AS text[]));
