-- Rows written since the statistics began, by whatever means: COPY, triggers, cascades and other roles included.
SELECT
    s.schemaname AS schema,
    s.relname AS name,
    (coalesce(s.n_tup_ins, 0) + coalesce(s.n_tup_upd, 0) + coalesce(s.n_tup_del, 0))::bigint AS rows
FROM pg_catalog.pg_stat_user_tables AS s
WHERE s.schemaname <> 'celeriac'
ORDER BY rows DESC
LIMIT :most;
