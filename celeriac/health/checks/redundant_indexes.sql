-- A b-tree also finds by its leading columns: a shorter index of the same beginning costs each write and helps little.
-- Unique, constraint, replica identity and clustered indexes are needed for what they do besides.
SELECT DISTINCT ON (narrow.indexrelid)
    format('%I.%I', n.nspname, c.relname) AS name,
    wide.indexrelid::regclass::text AS covered_by,
    c.relpages::bigint * current_setting('block_size')::bigint AS size_bytes
FROM pg_index AS narrow
INNER JOIN pg_class AS c ON c.oid = narrow.indexrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_index AS wide ON wide.indrelid = narrow.indrelid AND wide.indexrelid <> narrow.indexrelid
INNER JOIN pg_class AS w ON w.oid = wide.indexrelid AND w.relam = c.relam
INNER JOIN pg_am AS am ON am.oid = c.relam AND am.amname = 'btree'
WHERE
    n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND c.relkind = 'i'
    AND NOT narrow.indisunique AND NOT narrow.indisexclusion AND NOT narrow.indisreplident AND NOT narrow.indisclustered
    AND wide.indisvalid AND NOT c.relispartition
    AND narrow.indnatts = narrow.indnkeyatts
    AND (
        wide.indnkeyatts > narrow.indnkeyatts
        OR (wide.indnkeyatts = narrow.indnkeyatts AND wide.indnatts > narrow.indnatts)
    )
    AND wide.indkey::text LIKE narrow.indkey::text || ' %'
    AND wide.indclass::text || ' ' LIKE narrow.indclass::text || ' %'
    AND wide.indcollation::text || ' ' LIKE narrow.indcollation::text || ' %'
    AND wide.indoption::text || ' ' LIKE narrow.indoption::text || ' %'
    AND narrow.indexprs IS NULL AND wide.indexprs IS NULL
    AND pg_get_expr(narrow.indpred, narrow.indrelid) IS NOT DISTINCT FROM pg_get_expr(wide.indpred, wide.indrelid)
ORDER BY narrow.indexrelid, wide.indnatts, wide.indexrelid
LIMIT 50;
