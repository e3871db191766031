-- Quiet hours are the database's: the worker may stand in another time zone, with another clock.
SELECT pg_catalog.clock_timestamp()::time
