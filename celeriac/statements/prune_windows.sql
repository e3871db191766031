-- Windows beyond the retention; the newest of a target stays, since the next capture begins where it ended.
DELETE FROM celeriac.statement_window
WHERE target = :target
    AND ended_at < clock_timestamp() - CAST(:keep AS interval)
    AND id < (SELECT max(id) FROM celeriac.statement_window WHERE target = :target);
