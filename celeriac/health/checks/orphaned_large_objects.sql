-- A large object whose number nobody keeps stays for ever; only vacuumlo removes it. The columns are looked at where
-- there are objects at all: most databases have none.
SELECT
    CASE
        WHEN object.number = 0 THEN 0
        WHEN EXISTS (
            SELECT FROM pg_attribute AS a
            INNER JOIN pg_class AS c ON c.oid = a.attrelid
            INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
            INNER JOIN pg_type AS t ON t.oid = a.atttypid
            WHERE
                c.relkind IN ('r', 'p', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
                AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                -- Frameworks keep the numbers as text or bigint too.
                AND (t.typname IN ('oid', 'lo') OR a.attname ~* 'oid|blob|lob|large')
        ) THEN 0
        ELSE object.number
    END AS objects
FROM (SELECT count(*) AS number FROM (SELECT FROM pg_largeobject_metadata LIMIT 10000) AS first_ones) AS object;
