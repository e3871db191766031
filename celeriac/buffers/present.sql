-- What became of remembered relations: a new filenode means rewritten, fewer blocks mean truncated, no row means gone.
-- Sizes are asked for the remembered relations only; asking every file of a large catalog takes seconds.
SELECT
    wanted.schema,
    wanted.name,
    c.oid::bigint AS oid,
    c.relkind AS kind,
    pg_relation_filenode(c.oid)::bigint AS filenode,
    pg_relation_size(c.oid) / current_setting('block_size')::bigint AS blocks
FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[])) AS wanted (schema, name)
JOIN pg_namespace AS n ON n.nspname = wanted.schema
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = wanted.name
WHERE c.relkind IN ('r', 'm', 't', 'i') AND pg_relation_filenode(c.oid) IS NOT NULL;
