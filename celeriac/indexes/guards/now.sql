-- Windows are judged by the database's clock, never by the worker's.
SELECT clock_timestamp()
