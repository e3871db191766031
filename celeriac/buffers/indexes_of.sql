-- An index is read before its table: every lookup passes through it, and it is the smaller of the two.
SELECT n.nspname AS schema, c.relname AS name
FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[])) WITH ORDINALITY AS wanted (schema, name, place)
JOIN pg_namespace AS tn ON tn.nspname = wanted.schema
JOIN pg_class AS t ON t.relnamespace = tn.oid AND t.relname = wanted.name
JOIN pg_index AS i ON i.indrelid = t.oid AND i.indisvalid
JOIN pg_class AS c ON c.oid = i.indexrelid AND c.relkind = 'i'
JOIN pg_namespace AS n ON n.oid = c.relnamespace
ORDER BY wanted.place, c.relname;
