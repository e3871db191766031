-- Only the owner of a table, or a member of the owner, may create an index on it.
SELECT
    count(*) AS tables,
    count(*) FILTER (WHERE owned AND may_create) AS may_index,
    array_agg(DISTINCT owner::text) FILTER (WHERE NOT owned) AS owners,
    array_agg(DISTINCT schema::text) FILTER (WHERE owned AND NOT may_create) AS closed_schemas,
    count(*) FILTER (WHERE never_analyzed) AS never_analyzed
FROM (
    SELECT
        quote_ident(pg_get_userbyid(class.relowner)) AS owner,
        quote_ident(namespace.nspname) AS schema,
        pg_has_role(class.relowner, 'USAGE') AS owned,
        has_schema_privilege(namespace.oid, 'CREATE') AS may_create,
        stats.n_live_tup > 1000 AND stats.last_analyze IS NULL AND stats.last_autoanalyze IS NULL AS never_analyzed
    FROM pg_class AS class
    JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    LEFT JOIN pg_stat_user_tables AS stats ON stats.relid = class.oid
    WHERE class.relkind IN ('r', 'p', 'm')
        AND class.relpersistence <> 't'
        AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', 'celeriac')
        AND namespace.nspname NOT LIKE 'pg\_toast%'
) AS found;
