-- A full disk stops every writer; only a server on this machine lets us look at its disk.
SELECT pg_catalog.current_setting('data_directory') AS data_directory,
       pg_catalog.inet_server_addr() IS NULL
       OR pg_catalog.inet_server_addr() << inet '127.0.0.0/8'
       OR pg_catalog.inet_server_addr() = inet '::1' AS is_local
