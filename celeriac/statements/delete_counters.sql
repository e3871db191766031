-- Statements that the server no longer knows: should they come back, they begin at zero.
DELETE FROM celeriac.statement_counter AS known
USING jsonb_to_recordset(CAST(:documents AS jsonb)) AS document (user_id bigint, query_id bigint, top_level boolean)
WHERE known.target = :target
    AND known.user_id = document.user_id
    AND known.query_id = document.query_id
    AND known.top_level = document.top_level;
