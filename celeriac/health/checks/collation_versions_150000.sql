-- An index over text is kept in an order that belongs to the system's library: an upgrade of it may change the order.
SELECT
    NULL::text AS name,
    d.datcollversion AS recorded,
    pg_database_collation_actual_version(d.oid) AS actual,
    quote_ident(d.datname) AS database
FROM pg_database AS d
WHERE d.datname = current_database() AND d.datcollversion <> pg_database_collation_actual_version(d.oid)
UNION ALL
SELECT
    c.oid::regcollation::text,
    c.collversion,
    pg_collation_actual_version(c.oid),
    quote_ident(current_database())
FROM pg_collation AS c
WHERE
    c.collversion <> pg_collation_actual_version(c.oid)
    -- The version of what nobody indexes by does not matter.
    AND EXISTS (SELECT FROM pg_index AS i WHERE c.oid = ANY (i.indcollation))
ORDER BY name NULLS FIRST;
