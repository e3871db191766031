-- EXPLAIN raises idx_scan as a query does (20 EXPLAINs, 20 "scans", measured): what we caused ourselves is no use.
SELECT coalesce(sum(scans), 0)::bigint
FROM celeriac.planning_use
WHERE target = :target AND index_oid = :index_oid
