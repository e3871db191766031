-- Until PostgreSQL 15 everyone could create in schema public, and databases that were upgraded still allow it.
SELECT quote_ident(nspname) AS name
FROM pg_namespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND has_schema_privilege('public', oid, 'CREATE')
ORDER BY nspname;
