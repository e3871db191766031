-- An answer that hangs on chance, the session or a function's own queries must not be served to another caller.
SELECT
    (SELECT coalesce(array_agg(DISTINCT p.proname::text), '{}') FROM pg_catalog.pg_proc AS p
     WHERE p.provolatile = 'v' AND p.prokind IN ('f', 'w')) AS volatile,
    (SELECT coalesce(array_agg(DISTINCT p.proname::text), '{}') FROM pg_catalog.pg_proc AS p
     WHERE p.provolatile <> 'i' AND p.prokind IN ('f', 'a') AND p.pronamespace <> 'pg_catalog'::regnamespace) AS unknown;
