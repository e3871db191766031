-- An MD5 hash is as good as the password; that of SCRAM is not, and later servers drop MD5.
SELECT NULL::text AS role
WHERE current_setting('password_encryption') IN ('md5', 'on', 'true');
