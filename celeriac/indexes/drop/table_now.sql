-- What a table is called now: one that was renamed meanwhile takes its index back under its new name.
SELECT n.nspname AS schema_name, c.relname AS table_name
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = CAST(CAST(:oid AS bigint) AS oid)
