-- An invalid index serves no query and yet every write pays for it; one that is being built is not meant.
SELECT quote_ident(namespace.nspname) || '.' || quote_ident(class.relname) AS name
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indexrelid
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE NOT index.indisvalid
    AND class.relkind = 'i'
    AND NOT EXISTS (
        SELECT FROM pg_stat_progress_create_index AS build
        WHERE build.datid = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND (build.index_relid = index.indexrelid OR build.relid = index.indrelid)
    )
ORDER BY 1;
