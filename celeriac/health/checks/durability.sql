-- Without these a power failure may leave pages half written: no speed is worth that where data matter.
SELECT name
FROM pg_settings
WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'
ORDER BY name;
