-- A change that waits for a restart comes with the next crash, when nobody thinks of it.
SELECT
    name,
    setting AS value
FROM pg_settings
WHERE
    pending_restart
    -- What the command line says holds after a restart too; the server marks it all the same.
    AND source <> 'command line'
ORDER BY name;
