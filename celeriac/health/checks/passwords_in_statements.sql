-- Utility statements are kept as they were written: a password of CREATE ROLE stands there for everyone who may read
-- statistics. What its client had hashed already is no secret.
SELECT DISTINCT
    coalesce(r.rolname, '?')::text AS role,
    s.queryid,
    current_setting('log_statement') IN ('ddl', 'mod', 'all') AS logged
FROM pg_stat_statements(true) AS s
LEFT JOIN pg_roles AS r ON r.oid = s.userid
WHERE
    s.query ~* '^\s*(create|alter)\s+(role|user|group)\M.*\mpassword\s+''[^'']'
    AND s.query !~* '\mpassword\s+''(md5[0-9a-f]{32}|scram-sha-256\$)'
ORDER BY s.queryid
LIMIT 20;
