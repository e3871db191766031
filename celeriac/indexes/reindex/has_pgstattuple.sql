-- Whether this role may read how full an index's pages are.
SELECT EXISTS (
    SELECT
    FROM pg_catalog.pg_extension AS e
    JOIN pg_catalog.pg_depend AS d ON d.refobjid = e.oid AND d.deptype = 'e'
    JOIN pg_catalog.pg_proc AS p ON p.oid = d.objid
    WHERE e.extname = 'pgstattuple'
      AND p.proname = 'pgstatindex'
      AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
)
