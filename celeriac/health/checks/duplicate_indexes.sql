-- Two indexes of the same keys cost each write twice and help once. What backs a constraint, identifies rows for
-- replication or orders the table stays, and of two that enforce nothing the older one.
SELECT DISTINCT ON (twin.indexrelid)
    format('%I.%I', n.nspname, c.relname) AS name,
    kept.indexrelid::regclass::text AS covered_by,
    c.relpages::bigint * current_setting('block_size')::bigint AS size_bytes
FROM pg_index AS twin
INNER JOIN pg_class AS c ON c.oid = twin.indexrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_index AS kept
    ON
        kept.indrelid = twin.indrelid AND kept.indexrelid <> twin.indexrelid
        AND kept.indkey::text = twin.indkey::text AND kept.indnkeyatts = twin.indnkeyatts
INNER JOIN pg_class AS k ON k.oid = kept.indexrelid AND k.relam = c.relam
CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_constraint WHERE conindid = kept.indexrelid) AS enforces) AS kc
WHERE
    n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND c.relkind = 'i' AND NOT c.relispartition
    AND NOT twin.indisexclusion AND NOT twin.indisreplident AND NOT twin.indisclustered
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = twin.indexrelid)
    AND kept.indisvalid AND NOT kept.indisexclusion
    AND kept.indisunique >= twin.indisunique
    AND (
        NOT twin.indisunique
        OR to_jsonb(kept) ->> 'indnullsnotdistinct' IS NOT DISTINCT FROM to_jsonb(twin) ->> 'indnullsnotdistinct'
    )
    AND kept.indclass::text = twin.indclass::text
    AND kept.indcollation::text = twin.indcollation::text
    AND kept.indoption::text = twin.indoption::text
    AND pg_get_expr(kept.indexprs, kept.indrelid) IS NOT DISTINCT FROM pg_get_expr(twin.indexprs, twin.indrelid)
    AND pg_get_expr(kept.indpred, kept.indrelid) IS NOT DISTINCT FROM pg_get_expr(twin.indpred, twin.indrelid)
    AND (kept.indisunique > twin.indisunique OR kc.enforces OR twin.indexrelid > kept.indexrelid)
ORDER BY twin.indexrelid, kc.enforces DESC, kept.indexrelid
LIMIT 50;
