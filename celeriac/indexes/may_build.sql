-- Who may index what: only an owner (or a member of the owner) that may create in the table's schema, and never on a
-- standby; asked first so that the refusal can name the grant that mends it.
SELECT pg_catalog.pg_is_in_recovery() AS is_standby,
       current_user AS role,
       c.oid::bigint AS oid,
       c.relkind AS kind,
       c.relpersistence AS persistence,
       pg_catalog.pg_get_userbyid(c.relowner) AS owner,
       coalesce(pg_catalog.pg_has_role(c.relowner, 'USAGE'), false) AS is_owner,
       coalesce(pg_catalog.has_schema_privilege(c.relnamespace, 'CREATE'), false) AS may_create
FROM (SELECT 1) AS one
LEFT JOIN (pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace)
    ON n.nspname = :schema AND c.relname = :table
