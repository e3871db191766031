-- Every value is a pure function of its row's number, so two loads are alike whatever the order and the server.
CREATE FUNCTION pg_temp.chance(number bigint, salt bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE AS 'SELECT (hashint8extended(number, salt) & 1073741823) / 1073741824.0::double precision';

-- A few users own most of the work: the first of 40,000 has almost one job in a hundred.
CREATE FUNCTION pg_temp.skewed(number bigint, salt bigint, upper bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS 'SELECT 1 + floor(upper * power(pg_temp.chance(number, salt), 2.2))::bigint';

-- The service grows: half of its jobs came in the last third of its half year.
CREATE FUNCTION pg_temp.job_age(job bigint, jobs bigint) RETURNS interval
LANGUAGE sql IMMUTABLE AS 'SELECT interval ''180 days'' * (1 - power(job / jobs::double precision, 0.7))';
