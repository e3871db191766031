-- Fresh statistics are the commonest reason for another plan, and the one that leaves no trace in the schema.
SELECT greatest(last_analyze, last_autoanalyze) AS at
FROM pg_stat_user_tables
WHERE schemaname = :schema AND relname = :name AND greatest(last_analyze, last_autoanalyze) IS NOT NULL;
