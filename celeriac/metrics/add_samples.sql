-- One instant for a whole round: rows of one round line up in every plot and every roll-up.
INSERT INTO celeriac.metric_sample (series_id, at, value)
SELECT s.id, coalesce(CAST(:at AS timestamptz), statement_timestamp()), given.value
FROM unnest(CAST(:names AS text[]), CAST(:labels AS text[]), CAST(:values AS float8[])) AS given (name, labels, value)
JOIN celeriac.metric_series AS s
    ON s.target = :target AND s.name = given.name AND s.labels = given.labels::jsonb
ON CONFLICT (series_id, at) DO UPDATE SET value = excluded.value;
