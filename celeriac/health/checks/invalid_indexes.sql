-- A concurrent build that failed leaves an index that costs every write and helps no read. One of a partitioned table is
-- invalid while a partition lacks it: statements on that partition read it from end to end.
SELECT
    format('%I.%I', n.nspname, c.relname) AS name,
    pg_relation_size(c.oid) AS size_bytes,
    i.indisready AS written,
    c.relkind = 'I' AS partitioned
FROM pg_index AS i
INNER JOIN pg_class AS c ON c.oid = i.indexrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE
    NOT i.indisvalid
    AND c.relkind IN ('i', 'I')
    AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS p WHERE p.datid = (
        SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()
    ) AND p.relid = i.indrelid)
ORDER BY c.relpages DESC, c.oid
LIMIT 50;
