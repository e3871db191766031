-- An index that another covers costs each write and helps nobody. Unique, primary, constraint and replica identity
-- indexes are needed for what they enforce, whatever covers them.
SELECT DISTINCT ON (narrow.indexrelid)
    format('%I.%I', n.nspname, c.relname) AS name,
    wide.indexrelid::regclass::text AS covered_by,
    pg_relation_size(c.oid) AS size_bytes
FROM pg_index AS narrow
INNER JOIN pg_class AS c ON c.oid = narrow.indexrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_index AS wide ON wide.indrelid = narrow.indrelid AND wide.indexrelid <> narrow.indexrelid
INNER JOIN pg_class AS w ON w.oid = wide.indexrelid AND w.relam = c.relam
INNER JOIN pg_am AS am ON am.oid = c.relam
WHERE
    n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND c.relkind = 'i'
    AND NOT narrow.indisunique AND NOT narrow.indisexclusion AND NOT narrow.indisreplident AND NOT narrow.indisclustered
    AND wide.indisvalid AND NOT c.relispartition
    AND narrow.indnatts = narrow.indnkeyatts
    AND narrow.indnkeyatts <= wide.indnkeyatts
    AND (narrow.indnkeyatts = wide.indnkeyatts OR am.amname = 'btree')
    AND wide.indkey::text || ' ' LIKE narrow.indkey::text || ' %'
    AND wide.indclass::text || ' ' LIKE narrow.indclass::text || ' %'
    AND wide.indcollation::text || ' ' LIKE narrow.indcollation::text || ' %'
    AND wide.indoption::text || ' ' LIKE narrow.indoption::text || ' %'
    AND narrow.indexprs IS NULL AND wide.indexprs IS NULL
    AND pg_get_expr(narrow.indpred, narrow.indrelid) IS NOT DISTINCT FROM pg_get_expr(wide.indpred, wide.indrelid)
    -- Of two that are the same, the older one stays.
    AND (
        wide.indnatts > narrow.indnatts OR wide.indisunique OR narrow.indexrelid > wide.indexrelid
    )
ORDER BY narrow.indexrelid, wide.indnatts, wide.indexrelid
LIMIT 50;
