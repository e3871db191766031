-- Whether any session builds or rebuilds an index on this table right now, ours or another's: what it has begun is not
-- ours to clear away.
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_stat_progress_create_index
    WHERE datname = pg_catalog.current_database() AND relid = CAST(:table_oid AS bigint)::oid
)
