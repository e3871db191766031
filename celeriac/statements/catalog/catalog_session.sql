-- Names resolve by the search path of this session; functions that no index can hold are known by name only.
SELECT
    current_schemas(false)::text[] AS search_path,
    current_setting('search_path') AS path,
    current_user::text AS role,
    current_setting('block_size')::int AS block_size,
    (SELECT array_agg(DISTINCT p.proname::text)
     FROM pg_catalog.pg_proc AS p
     WHERE p.prokind IN ('a', 'w') OR p.proretset OR p.provolatile = 'v') AS unindexable_functions,
    -- to_tsvector(text) hangs on a setting, to_tsvector(regconfig, text) does not: the number of arguments tells them apart.
    (SELECT array_agg(f.call)
     FROM (SELECT p.proname || '/' || p.pronargs AS call
           FROM pg_catalog.pg_proc AS p
           WHERE p.prokind = 'f'
           GROUP BY p.proname, p.pronargs
           HAVING NOT bool_or(p.provolatile = 'i')) AS f) AS changing_calls
