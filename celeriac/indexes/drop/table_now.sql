-- What a table is called now: one that was renamed meanwhile takes its index back under its new name. Where another has
-- its old name, or what has its oid is no table, there is no telling: after a restored dump oids are others' own.
SELECT n.nspname AS schema_name, c.relname AS table_name
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = CAST(CAST(:oid AS bigint) AS oid)
  AND c.relkind IN ('r', 'p', 'm')
  AND NOT EXISTS (
      SELECT
      FROM pg_catalog.pg_class AS other
      JOIN pg_catalog.pg_namespace AS theirs ON theirs.oid = other.relnamespace
      WHERE theirs.nspname = :schema AND other.relname = :table AND other.oid <> c.oid
  )
