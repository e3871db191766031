-- Reads ranges of blocks into shared buffers, in the order given; one statement a batch keeps it interruptible.
SELECT coalesce(sum(pg_prewarm(CAST(:oid AS oid)::regclass, 'buffer', 'main', r.first, r.last)), 0)::bigint AS blocks
FROM unnest(CAST(:firsts AS bigint[]), CAST(:lasts AS bigint[])) AS r (first, last);
