-- The raw counters that the report's figures are computed from: one role's statements, nothing of ours among them.
SELECT s.queryid AS query_id,
       min(s.query) AS query,
       sum(s.calls)::bigint AS calls,
       sum(s.total_exec_time) AS total_ms,
       sum(s.shared_blks_hit + s.shared_blks_read)::bigint AS blocks
  FROM pg_stat_statements AS s
 WHERE s.userid = (SELECT oid FROM pg_roles WHERE rolname = :role)
   AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND s.query ~* '^\s*(select|insert|update|delete|with)'
 GROUP BY s.queryid
