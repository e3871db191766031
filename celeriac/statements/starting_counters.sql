-- The counters at the last capture, and the statement that each key of the server's stands for. As text: the caller
-- parses a thousand small documents faster than the driver.
SELECT user_id, query_id, top_level, fingerprint, counters::text AS counters
FROM celeriac.statement_counter
WHERE target = :target;
