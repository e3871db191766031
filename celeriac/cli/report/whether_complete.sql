-- Whether calls were lost in a span, and when the last capture was: old figures are not to be read as new ones.
SELECT bool_and(complete) FILTER (WHERE ended_at > CAST(:since AS timestamptz)) AS complete, max(ended_at) AS last_at
FROM celeriac.statement_window
WHERE target = :target;
