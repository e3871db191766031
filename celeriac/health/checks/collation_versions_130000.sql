-- An index over text is kept in an order that belongs to the system's library: an upgrade of it may change the order.
SELECT
    c.oid::regcollation::text AS name,
    c.collversion AS recorded,
    pg_collation_actual_version(c.oid) AS actual,
    quote_ident(current_database()) AS database
FROM pg_collation AS c
WHERE
    c.collversion <> pg_collation_actual_version(c.oid)
    -- The version of what nobody indexes by does not matter.
    AND EXISTS (SELECT FROM pg_index AS i WHERE c.oid = ANY (i.indcollation))
ORDER BY name;
