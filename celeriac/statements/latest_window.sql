-- The newest window: what lies before it is known, what follows is yet to be measured.
SELECT max(id) FROM celeriac.statement_window WHERE target = :target;
