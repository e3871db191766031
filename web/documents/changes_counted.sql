-- How many changes are in each state and what the kept ones save: the overview's figures without reading a row twice.
SELECT state, count(*) AS changes, coalesce(sum((evidence ->> 'saved_ms_per_hour')::float8), 0) AS saved_ms_per_hour
FROM celeriac.change
WHERE target = :target
GROUP BY state;
