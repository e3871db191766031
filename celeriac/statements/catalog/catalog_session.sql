-- Names resolve by the search path of this session; functions that no index can hold are known by name only.
SELECT
    current_schemas(false)::text[] AS search_path,
    current_setting('block_size')::int AS block_size,
    (SELECT array_agg(DISTINCT p.proname::text)
     FROM pg_catalog.pg_proc AS p
     WHERE p.prokind IN ('a', 'w') OR p.proretset OR p.provolatile = 'v') AS unindexable_functions
