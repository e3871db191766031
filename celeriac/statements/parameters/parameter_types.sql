-- The exact types decide which indexes a comparison can use: int against bigint does, numeric against bigint does not.
SELECT parameter_types::text[] FROM pg_catalog.pg_prepared_statements WHERE name = :name
