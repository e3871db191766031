"""A blog, a shop and a log: a table for each construct that an index could serve, of a size at which it would."""

BLOG = r"""
CREATE TABLE posts (id int, blog_id int, user_id int, title text, body text, score numeric, published_on date,
    created_at timestamptz, hidden boolean, lang varchar(10), uid uuid, meta jsonb);
INSERT INTO posts
SELECT n, n*7919 % 1000, (n*104729::bigint) % 20000, 'post '||md5(n::text), repeat(md5(n::text),3), (n*31)%1000,
    date '2020-01-01' + (n*13)%1500, timestamptz '2020-01-01'+ n*interval '20 minutes', n%50=0,
    (ARRAY['en','de','fr','es'])[1+n%4], md5(n::text)::uuid, jsonb_build_object('a', n%3000, 'b',
    jsonb_build_object('c','v'||n%4000))
FROM generate_series(1,100000) n;
CREATE TABLE blogs (id int, name text, owner_id int);
INSERT INTO blogs
SELECT n, 'blog '||n, n%500
FROM generate_series(1,20000) n;
CREATE VIEW posts_view AS SELECT id, blog_id, title FROM posts;
CREATE MATERIALIZED VIEW posts_mat AS SELECT id, blog_id, title FROM posts;
CREATE SCHEMA other; CREATE TABLE other.posts AS SELECT id, user_id FROM posts;
CREATE TABLE "Posts" ("Id" int, "Key" text); INSERT INTO "Posts" SELECT n, md5(n::text) FROM
    generate_series(1,50000) n;
CREATE TABLE events (id bigint, at timestamptz NOT NULL, kind text, user_id int) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO events
SELECT n, timestamptz '2024-01-01' + n*interval '45 seconds', 'k'||n%200, (n*7919)%9000
FROM generate_series(1,100000) n;
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, status text NOT NULL, total numeric NOT
    NULL, created_at timestamptz NOT NULL, deleted_at timestamptz, note text);
INSERT INTO orders
SELECT n, (n*7919)%5000, CASE WHEN n%1000=0 THEN 'pending' WHEN n%3=0 THEN 'shipped' ELSE 'done' END, n%977,
    timestamptz '2023-01-01'+n*interval '5 min', CASE WHEN n%20<>0 THEN timestamptz '2025-01-01' END, 'n'||n
FROM generate_series(1,100000) n;
CREATE INDEX orders_customer ON orders (customer_id, created_at);
CREATE TABLE items (order_id bigint NOT NULL REFERENCES orders, line int NOT NULL, product_id int NOT NULL, qty
    int NOT NULL, PRIMARY KEY (order_id, line));
INSERT INTO items
SELECT 1+n/3, n%3, (n*104729::bigint)%8000, n%10
FROM generate_series(0,299990) n;
CREATE TABLE logs (id bigserial, at timestamptz, level text, message text, ip inet, span tstzrange);
INSERT INTO logs(at,level,message,ip,span)
SELECT timestamptz '2024-01-01'+n*interval '1 second', CASE WHEN n%500=0 THEN 'error' ELSE 'info' END, 'message
    '||md5(n::text)||' of '||n, ('10.'||n%250||'.'||n/250%250||'.1')::inet, tstzrange(timestamptz
    '2024-01-01'+n*interval '1 second', timestamptz '2024-01-01'+(n+60)*interval '1 second')
FROM generate_series(1,300000) n;
CREATE FUNCTION recent_of(u int) RETURNS SETOF posts LANGUAGE sql STABLE AS 'SELECT * FROM posts WHERE user_id = u';
CREATE TABLE small (id int, name text); INSERT INTO small SELECT n,'x'||n FROM generate_series(1,200) n;
CREATE TABLE tags (id int PRIMARY KEY, names text[], doc tsvector); INSERT INTO tags SELECT n,
    ARRAY['a'||n%2000,'b'||n%9], to_tsvector('english','word'||n%3000||' text '||n) FROM generate_series(1,60000)
    n;
CREATE TABLE accounts (id int PRIMARY KEY, email text, login text UNIQUE, parent_id int REFERENCES accounts,
    active boolean, balance int);
INSERT INTO accounts
SELECT n,'U'||n||'@x.de','l'||n, CASE WHEN n>10 THEN n/10 END, n%100<>0, n%5000
FROM generate_series(1,80000) n;
"""
