-- Without a key a row cannot be told from another, nor its changes be replicated logically.
SELECT
    format('%I.%I', n.nspname, c.relname) AS name,
    c.relreplident IN ('d', 'n') AND EXISTS (
        SELECT FROM pg_publication_tables AS p
        INNER JOIN pg_publication AS b ON b.pubname = p.pubname
        WHERE p.schemaname = n.nspname AND p.tablename = c.relname AND (b.pubupdate OR b.pubdelete)
    ) AS published
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE
    c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary)
    AND NOT EXISTS (
        SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
ORDER BY c.relpages DESC, c.oid
LIMIT 50;
