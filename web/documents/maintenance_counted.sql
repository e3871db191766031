-- How many runs are in each state: the overview's figure without reading a row twice.
SELECT state, count(*) AS runs FROM celeriac.maintenance_run WHERE target = :target GROUP BY state;
