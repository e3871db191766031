-- A checkpoint removes WAL beyond max_wal_size unless something keeps it; then it grows until the disk is full.
SELECT
    sum(size)::bigint AS size_bytes,
    pg_size_bytes(current_setting('max_wal_size')) AS limit_bytes,
    pg_size_bytes(current_setting('wal_keep_size')) AS wanted_bytes
FROM pg_ls_waldir();
