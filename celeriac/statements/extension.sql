-- Where pg_stat_statements lives, which layout it has and whether this role may read everybody's statements. The layout
-- follows the extension's version, which stays behind when a server is upgraded without ALTER EXTENSION.
SELECT
    current_database() AS database,
    current_user AS role,
    extension.extversion AS version,
    extension.extnamespace::regnamespace::text AS schema,
    -- Without the library the settings are unknown; a placeholder from postgresql.conf is not listed.
    EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max') AS loaded,
    -- The extension itself looks at membership before 16, at inherited privileges since.
    pg_has_role(
        current_user,
        'pg_read_all_stats',
        CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'USAGE' END
    ) AS permitted
FROM (SELECT) AS always
LEFT JOIN pg_extension AS extension ON extension.extname = 'pg_stat_statements';
