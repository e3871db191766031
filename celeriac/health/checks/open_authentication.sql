-- Who may come in is told by pg_hba.conf; trust asks nothing, and password sends it for everyone on the way to read.
SELECT
    line_number AS line,
    auth_method AS method,
    address,
    array_to_string(database, ', ') AS databases,
    array_to_string(user_name, ', ') AS roles
FROM pg_hba_file_rules
WHERE
    error IS NULL AND type IN ('host', 'hostnossl', 'hostssl')
    AND (auth_method = 'trust' OR (auth_method = 'password' AND type <> 'hostssl'))
    AND address !~ '^(127\.|::1|localhost|samehost)'
ORDER BY line_number
LIMIT 20;
