-- Enumerations have a first label and domains a type below them: values for parameters that meet no column.
SELECT
    given.name AS name,
    pg_catalog.format_type(t.typbasetype, NULL) AS base,
    (SELECT e.enumlabel::text FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder LIMIT 1) AS label
FROM unnest(CAST(:names AS text[])) AS given (name)
JOIN pg_catalog.pg_type AS t ON t.oid = pg_catalog.to_regtype(given.name)
WHERE t.typtype IN ('e', 'd')
