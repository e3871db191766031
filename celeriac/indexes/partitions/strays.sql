-- Parts of our indexes on partitions that belong to no index above them: what a builder left that died before it could
-- attach them, or what a dropped parent left behind. Each costs writes; valid ones also serve plans nobody judges.
SELECT n.nspname AS schema_name,
       c.relname AS name,
       t.relname AS table_name,
       tn.nspname AS table_schema
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
WHERE c.relname ~ :mark
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = c.oid)
ORDER BY t.relname, c.relname
