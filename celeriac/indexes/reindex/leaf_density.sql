-- How full the leaves of one b-tree are, in per cent: read from the index itself, so only asked of what is suspected.
SELECT avg_leaf_density::float8 AS leaf_density
FROM pgstatindex(CAST(CAST(:oid AS bigint) AS oid)::regclass)
