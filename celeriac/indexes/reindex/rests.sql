-- What a concurrent rebuild of one index that did not end has left: invalid indexes of its table named after it.
SELECT x.relname::text
FROM pg_catalog.pg_index AS r
JOIN pg_catalog.pg_class AS x ON x.oid = r.indexrelid
WHERE r.indrelid = CAST(:table_oid AS bigint)::oid
  AND NOT r.indisvalid
  AND x.relname ~ '_cc(new|old)[0-9]*$'
  AND starts_with(:name, regexp_replace(x.relname, '_cc(new|old)[0-9]*$', ''))
ORDER BY x.relname
