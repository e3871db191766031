-- A window is written even if nothing ran: that the application was idle is knowledge too.
INSERT INTO celeriac.statement_window (target, started_at, ended_at, complete, note, server)
VALUES (:target, :started_at, :ended_at, :complete, :note, CAST(:server AS jsonb))
RETURNING id;
