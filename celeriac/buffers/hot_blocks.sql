-- Which blocks the server keeps coming back to: what a restart loses, and what is worth reading again.
-- Blocks are aggregated before the join, so that the catalog is looked at once per file and not once per block.
WITH hot AS (
    SELECT b.reltablespace, b.relfilenode, b.relblocknumber, b.usagecount
    FROM pg_buffercache AS b
    WHERE b.reldatabase = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
      AND b.relforknumber = 0
      AND b.usagecount >= :min_usage_count
    ORDER BY b.usagecount DESC
    LIMIT :max_blocks
), by_file AS (
    SELECT
        reltablespace,
        relfilenode,
        avg(usagecount)::float8 AS heat,
        array_agg(relblocknumber ORDER BY relblocknumber) AS blocks
    FROM hot
    GROUP BY reltablespace, relfilenode
)
SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relfilenode::bigint AS filenode, f.heat, f.blocks
FROM by_file AS f
JOIN pg_database AS d ON d.datname = current_database()
JOIN pg_class AS c
    ON c.relfilenode = f.relfilenode
   AND f.reltablespace = CASE c.reltablespace WHEN 0 THEN d.dattablespace ELSE c.reltablespace END
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND c.relpersistence <> 't'
  AND c.relkind IN ('r', 'm', 't', 'i');
