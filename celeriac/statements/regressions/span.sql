-- How far capturing has come, since when hours are known, and what the clock says.
SELECT
    (SELECT min(at) FROM celeriac.statement_hour WHERE target = :target) AS known_since,
    (SELECT max(ended_at) FROM celeriac.statement_window WHERE target = :target AND started_at IS NOT NULL) AS captured,
    clock_timestamp() AS now;
