-- A prepared transaction outlives its session and every restart, and so do its locks.
SELECT
    quote_literal(gid) AS gid,
    owner::text,
    database::text,
    extract(epoch FROM clock_timestamp() - prepared)::float8 AS seconds
FROM pg_prepared_xacts
ORDER BY prepared, gid
LIMIT 50;
