-- How often one index was scanned on this server; what a replica alone uses must not be dropped on the primary.
SELECT coalesce(pg_catalog.pg_stat_get_numscans(CAST(CAST(:oid AS bigint) AS oid)), 0)::bigint AS scans
