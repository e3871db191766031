-- Accounts: nearly all of them members, two in a thousand administrators.
INSERT INTO users (id, email, username, full_name, role, is_active, created_at, last_login_at)
SELECT
    n,
    'user' || n || '@mail' || n % 7 || '.example',
    'user_' || n,
    'Given' || n % 900 || ' Family' || n % 2100,
    CASE WHEN pg_temp.chance(n, 1) < 0.002 THEN 'admin' WHEN pg_temp.chance(n, 1) < 0.03 THEN 'analyst' ELSE 'member' END,
    pg_temp.chance(n, 2) < 0.94,
    now() - interval '400 days' * (1 - n / :users ::double precision),
    now() - interval '90 days' * power(pg_temp.chance(n, 3), 2)
FROM generate_series(1::bigint, :users) AS n;
