-- Without TLS whoever sits on the way reads passwords and rows.
SELECT
    (SELECT setting::bool FROM pg_settings WHERE name = 'ssl') AS tls,
    (SELECT setting FROM pg_settings WHERE name = 'listen_addresses') AS listens,
    (
        SELECT count(*)::int
        FROM pg_stat_activity AS a
        INNER JOIN pg_stat_ssl AS s ON s.pid = a.pid
        WHERE NOT s.ssl AND a.client_addr IS NOT NULL AND NOT a.client_addr <<= '127.0.0.0/8' AND a.client_addr <> '::1'
    ) AS plain_sessions;
