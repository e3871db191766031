-- Rows that were there before a NOT VALID constraint may break it, and the planner may not rely on it.
SELECT
    format('%I.%I', n.nspname, c.relname) AS "table",
    quote_ident(con.conname) AS name
FROM pg_constraint AS con
INNER JOIN pg_class AS c ON c.oid = con.conrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
-- From PostgreSQL 18 on, a constraint that is NOT ENFORCED is never valid; it has no cure.
WHERE NOT con.convalidated AND coalesce(to_jsonb(con) ->> 'conenforced', 'true') = 'true'
ORDER BY con.oid
LIMIT 50;
