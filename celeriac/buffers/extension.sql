-- Asks before it calls: an error inside the transaction would cost the caller everything it had read so far.
-- allowed is null where the routine isn't found by the search path.
SELECT
    (SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
     WHERE e.extname = :extension) AS schema,
    has_function_privilege(to_regprocedure(:routine), 'EXECUTE') AS allowed,
    current_user AS role,
    current_database() AS database;
