-- What is set for a role decides which table a bare name is and how its plans are costed; what is set for the role in
-- this database comes last and wins.
SELECT
    r.rolname::text AS role,
    split_part(s.setting, '=', 1) AS name,
    substr(s.setting, strpos(s.setting, '=') + 1) AS value
FROM pg_catalog.pg_db_role_setting AS d
JOIN pg_catalog.pg_roles AS r ON r.oid = d.setrole
CROSS JOIN LATERAL unnest(d.setconfig) AS s (setting)
WHERE d.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
ORDER BY r.rolname, d.setdatabase
