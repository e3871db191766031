-- At the end of its sequence a table takes no more rows; an integer column ends long before a bigint sequence.
-- A sequence that may not be read has no last_value here, and neither has one that was never used.
SELECT
    format('%I.%I', s.schemaname, s.sequencename) AS name,
    coalesce(s.last_value, 0) AS last_value,
    least(s.max_value, CASE a.atttypid
        WHEN 'int2'::regtype THEN 32767
        WHEN 'int4'::regtype THEN 2147483647
        ELSE 9223372036854775807
    END) AS limit_value,
    CASE WHEN a.attrelid IS NOT NULL THEN format('%s.%I', a.attrelid::regclass, a.attname) END AS column_name,
    format_type(a.atttypid, a.atttypmod) AS column_type,
    has_sequence_privilege(c.oid, 'USAGE, SELECT') AS readable,
    quote_ident(current_user) AS role
FROM pg_sequences AS s
INNER JOIN pg_namespace AS n ON n.nspname = s.schemaname
INNER JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = s.sequencename
LEFT JOIN pg_depend AS d
    ON
        d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
        AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE
    (s.last_value > 0 OR NOT has_sequence_privilege(c.oid, 'USAGE, SELECT'))
    AND s.increment_by > 0 AND NOT s.cycle
ORDER BY s.last_value::float8 / s.max_value DESC NULLS LAST, name;
