-- The texts of the statements that were not met before: reading them costs as much as all counters, so it is done once.
SELECT
    statement.userid AS user_id,
    statement.queryid AS query_id,
    true AS top_level,
    COALESCE(role.rolname::text, statement.userid::text) AS role,
    left(statement.query, :max_chars + 1) AS text
FROM pg_stat_statements(true) AS statement
LEFT JOIN pg_roles AS role ON role.oid = statement.userid
WHERE statement.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND statement.queryid = ANY(CAST(:query_ids AS bigint[]));
