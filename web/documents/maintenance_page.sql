-- One page of maintenance, newest first: the primary key is walked backwards from the cursor, so that the ten
-- thousandth row costs what the first does.
SELECT
    id, kind, state, state_since, created_at, deadline, not_before, attempt, schema_name, table_name, reason, urgency,
    ddl, outcome, started_at, ended_at, actor
FROM celeriac.maintenance_run
WHERE target = :target
    AND (CAST(:states AS text[]) IS NULL OR state = ANY(CAST(:states AS text[])))
    AND (CAST(:kind AS text) IS NULL OR kind = CAST(:kind AS text))
    AND (CAST(:table AS text) IS NULL OR table_name = :table OR schema_name || '.' || table_name = :table)
    AND (CAST(:before AS bigint) IS NULL OR id < CAST(:before AS bigint))
ORDER BY id DESC
LIMIT :limit;
