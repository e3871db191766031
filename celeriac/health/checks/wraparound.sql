-- Transactions and multixacts are numbered by 32 bits: where the oldest are not frozen in time, the server stops writing.
SELECT
    d.datname::text AS database,
    a.kind,
    a.age,
    a.freeze_max_age,
    CASE WHEN d.datname = current_database() THEN (
        SELECT c.oid::regclass::text
        FROM pg_class AS c
        WHERE c.relkind IN ('r', 'm', 't')
        ORDER BY CASE a.kind WHEN 'transactions' THEN age(c.relfrozenxid) ELSE mxid_age(c.relminmxid) END DESC, c.oid
        LIMIT 1
    ) END AS "table"
FROM pg_database AS d
CROSS JOIN LATERAL (
    VALUES
    ('transactions', age(d.datfrozenxid), current_setting('autovacuum_freeze_max_age')::int),
    ('multixacts', mxid_age(d.datminmxid), current_setting('autovacuum_multixact_freeze_max_age')::int)
) AS a (kind, age, freeze_max_age)
ORDER BY a.age DESC, d.datname;
