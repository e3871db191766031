"""Which table a name means, and how far a predicate reaches."""

import dataclasses
from collections.abc import Callable

import pytest

from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.parsed import NotUnderstood, ParsedStatement
from celeriac.statements.parsing import parse

Understood = Callable[..., ParsedStatement]
Uses = Callable[[str], list[str]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT FROM users u JOIN orders o ON u.id = o.user_id",
         ["u.id join o.user_id", "o.user_id join u.id"]),
        ("SELECT FROM orders JOIN items ON order_id = orders.id JOIN products USING (product_id)",
         ["orders.id join items.order_id", "items.order_id join orders.id", "items.product_id join products.product_id",
          "products.product_id join items.product_id"]),
        ("SELECT FROM items NATURAL JOIN products",
         ["items.product_id join products.product_id", "products.product_id join items.product_id"]),
        ("SELECT FROM users u LEFT JOIN orders o ON o.user_id = u.id AND u.active AND o.total > 1",
         ["u.id join o.user_id maybe", "u.active is_null IS TRUE maybe", "o.user_id join u.id",
          "o.total range > 1"]),
        ("SELECT FROM users u, orders o WHERE u.id = o.user_id AND u.id = $1",
         ["u.id join o.user_id", "u.id equality $1", "o.user_id join u.id", "o.user_id equality $1"]),
        ("SELECT FROM users u WHERE EXISTS (SELECT FROM orders WHERE user_id = u.id)",
         ["u.id join orders.user_id", "orders.user_id join u.id"]),
        ("SELECT FROM users WHERE id IN (SELECT user_id FROM orders WHERE status = $1)",
         ["users.id join orders.user_id", "orders.status equality $1", "orders.user_id join users.id"]),
        ("SELECT FROM users WHERE id NOT IN (SELECT user_id FROM orders)",
         ["users.id join orders.user_id maybe", "orders.user_id join users.id maybe"]),
        ("SELECT (SELECT sum(total) FROM orders WHERE user_id = u.id) FROM users u",
         ["u.id join orders.user_id", "orders.user_id join u.id"]),
        ("SELECT FROM orders WHERE total = (SELECT max(qty) FROM items)",
         ["orders.total equality", "items.qty order desc"]),
        ("SELECT FROM users u, LATERAL (SELECT FROM orders o WHERE o.user_id = u.id LIMIT 3) l",
         ["u.id join o.user_id", "o.user_id join u.id"]),
        ("SELECT FROM (SELECT id AS n, status FROM orders) s WHERE s.n = $1 ORDER BY status",
         ["orders.id equality $1", "orders.status order"]),
        ("SELECT FROM (SELECT id FROM orders LIMIT 5) s WHERE s.id = $1", []),
        ("SELECT FROM (SELECT id, row_number() OVER () FROM orders) s WHERE s.id = $1", []),
        ("SELECT FROM (SELECT id FROM users UNION ALL SELECT user_id FROM orders) s WHERE s.id = $1",
         ["users.id equality $1", "orders.user_id equality $1"]),
        ("SELECT FROM (VALUES (1), (2)) v (n) JOIN users ON users.id = v.n", ["users.id join"]),
        ("SELECT FROM users u (key, mail) WHERE mail = $1", ["u.email equality $1"]),
        ("SELECT FROM (users JOIN orders USING (id)) AS j WHERE j.email = $1",
         ["users.id join orders.id", "users.email equality $1", "orders.id join users.id"]),
        ("SELECT FROM generate_series(1, $1) AS g JOIN users ON users.id = g", ["users.id join"]),
        ("WITH paid AS (SELECT * FROM orders WHERE status = $1) SELECT FROM paid WHERE user_id = $2",
         ["orders.status equality $1", "orders.user_id equality $2"]),
        ("WITH paid AS MATERIALIZED (SELECT * FROM orders) SELECT FROM paid WHERE user_id = $1", []),
        ("WITH paid AS (SELECT * FROM orders) SELECT FROM paid a, paid b WHERE a.user_id = $1", []),
        ("WITH users AS (SELECT id FROM orders) SELECT FROM users WHERE id = $1", ["orders.id equality $1"]),
        (("WITH RECURSIVE t (n) AS (SELECT id FROM users WHERE id = $1 UNION ALL SELECT o.id FROM orders o, t "
         "WHERE o.user_id = t.n) SELECT FROM t"),
         ["users.id equality $1", "o.user_id join"]),
        ("SELECT FROM spending WHERE email = $1",
         ["u.id join o.user_id", "u.email equality $1", "o.user_id join u.id"]),
        ("SELECT FROM large WHERE email = $1",
         ["u.id join o.user_id", "u.email equality $1", "o.user_id join u.id", "o.total range > 100"]),
        ("WITH t AS NOT MATERIALIZED (SELECT id FROM orders) SELECT FROM t a, t b WHERE a.id = 1",
         ["orders.id equality 1"]),
        ("WITH RECURSIVE t AS (SELECT id FROM users WHERE id = $1) SELECT FROM t WHERE id = 2",
         ["users.id equality $1", "users.id equality 2"]),
        ("WITH RECURSIVE t AS (SELECT id FROM t) SELECT FROM t", []),
        ("SELECT FROM (SELECT id FROM users INTERSECT SELECT 1) s WHERE id = $1", []),
        ("SELECT FROM (SELECT * FROM nowhere LIMIT 5) s WHERE s.id = $1", []),
        ("SELECT FROM (SELECT * FROM nowhere) s WHERE s.id = $1", []),
        ("SELECT FROM users WHERE EXISTS (SELECT FROM orders WHERE orders.user_id IN (SELECT users.id))",
         ["orders.user_id join users.id", "users.id join orders.user_id"]),
        ("SELECT FROM orders TABLESAMPLE system (10) WHERE id = $1", ["orders.id equality $1"]),
        ("SELECT FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE u.id = $1",
         ["u.id join o.user_id maybe", "u.id equality $1", "o.user_id join u.id", "o.user_id equality $1"]),
        ("SELECT FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.user_id = $1",
         ["u.id join o.user_id maybe", "o.user_id join u.id", "o.user_id equality $1"]),
        ("SELECT FROM users u RIGHT JOIN orders o ON o.user_id = u.id AND o.total > 1",
         ["u.id join o.user_id", "o.user_id join u.id maybe", "o.total range > 1 maybe"]),
        ("SELECT FROM users u FULL JOIN orders o ON o.user_id = u.id",
         ["u.id join o.user_id maybe", "o.user_id join u.id maybe"]),
        ("SELECT FROM users JOIN orders USING (id) WHERE id = $1",
         ["users.id join orders.id", "users.id equality $1", "orders.id join users.id", "orders.id equality $1"]),
        ("SELECT FROM users JOIN nowhere USING (id)", []),
        ("SELECT FROM users u, users v WHERE u.id = v.id AND v.id IN ($1, $2)",
         ["u.id join v.id", "u.id equality IN $1", "v.id join u.id", "v.id equality IN $1"]),
        ("SELECT FROM users u, orders o WHERE u.id + o.id = 5 AND u.id < o.user_id",
         ["u.id range < o.user_id", "o.user_id range > u.id"]),
        ("SELECT FROM users u, LATERAL (SELECT u.*) s WHERE s.id = $1", ["u.id equality $1"]),
        ("SELECT FROM (SELECT lower(email) FROM users) s WHERE s.lower = $1", []),
        ("SELECT FROM (SELECT email FROM users LIMIT 5) s WHERE lower(email) = $1", []),
        ("SELECT FROM (SELECT email::text FROM users) s WHERE s.email = $1", ["users.email equality $1"]),
        ("SELECT FROM (SELECT id, id FROM orders) s WHERE s.id = $1", ["orders.id equality $1"]),
        ("SELECT FROM (SELECT user_id FROM orders GROUP BY user_id) s WHERE s.user_id = $1",
         ["orders.user_id group", "orders.user_id equality $1"]),
        ("SELECT FROM (SELECT DISTINCT ON (id) status, id FROM orders) s WHERE status = $1", ["orders.id distinct"]),
        ("SELECT FROM (SELECT id FROM nowhere UNION SELECT id FROM users) s WHERE id = $1", []),
        ("SELECT FROM (SELECT id FROM users UNION SELECT * FROM nowhere) s WHERE id = $1", []),
        ("SELECT FROM (users u JOIN nowhere n ON n.id = u.id) AS j WHERE j.email = $1", ["u.id join"]),
        ("SELECT FROM json_to_recordset($1) AS x(id bigint), users WHERE users.id = x.id", ["users.id join"]),
        ("SELECT FROM ROWS FROM (unnest($1)), users WHERE users.id = unnest", ["users.id join"]),
        ("VALUES ((SELECT id FROM users WHERE name = $1)), ($2)", ["users.name equality $1"]),
        (("WITH RECURSIVE t AS (WITH s AS (SELECT id FROM users WHERE name = $1) SELECT id FROM s UNION SELECT id "
         "FROM t) SELECT FROM t"),
         ["users.name equality $1"]),
        ("SELECT id, (SELECT total FROM orders WHERE id = $1) FROM users ORDER BY id, 2",
         ["orders.id equality $1", "users.id order"]),
        ("SELECT FROM users LIMIT (SELECT total FROM orders WHERE id = $1)", ["orders.id equality $1"]),
        ("SELECT FROM endless WHERE id = $1", []),
        ("SELECT FROM nowhere WHERE id = $1", []),
        ("SELECT FROM other.users WHERE id = $1", []),
        ('SELECT FROM "Mixed Case" WHERE "Id" = $1 AND "order" = $2',
         ["Mixed Case.Id equality $1", "Mixed Case.order equality $2"]),
    ],
)  # fmt: skip
def test_names_find_their_tables(text: str, expected: list[str], uses: Uses) -> None:
    assert sorted(uses(text)) == sorted(expected)


def test_a_bare_name_follows_the_search_path(shop: Catalog) -> None:
    theirs = dataclasses.replace(shop.tables["public", "orders"], schema="sales")
    both = dataclasses.replace(shop, tables={**shop.tables, ("sales", "orders"): theirs})
    sales_first = dataclasses.replace(both, search_path=("sales", "public"))

    def tables(text: str, catalog: Catalog) -> list[str]:
        parsed = parse(text, catalog)
        assert not isinstance(parsed, NotUnderstood)
        return [f"{relation.schema}.{relation.table}" for relation in parsed.relations]

    assert tables("SELECT FROM orders, users", both) == ["public.orders", "public.users"]
    assert tables("SELECT FROM orders, users", sales_first) == ["sales.orders", "public.users"]
    assert tables("SELECT FROM sales.orders, public.orders", both) == ["sales.orders", "public.orders"]
    hidden = dataclasses.replace(shop, views={**shop.views, ("sales", "users"): "SELECT * FROM public.orders"})
    assert tables("SELECT FROM users", dataclasses.replace(hidden, search_path=("sales", "public"))) == [
        "public.orders"
    ]


def test_levels_keep_orders_apart(understood: Understood) -> None:
    parsed = understood(
        "SELECT FROM users u JOIN (SELECT user_id, max(id) FROM orders GROUP BY user_id) o ON o.user_id = u.id "
        "ORDER BY u.name LIMIT 5"
    )
    assert [relation.level for relation in parsed.relations] == [0, 1]
    assert parsed.limited_levels == (0,)
    plain = understood("SELECT FROM users u JOIN (SELECT user_id FROM orders WHERE id > 1) o ON o.user_id = u.id")
    assert [relation.level for relation in plain.relations] == [0, 0]


@pytest.mark.parametrize(
    ("text", "kind", "written", "columns", "expected"),
    [
        (("INSERT INTO orders (id, status) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET status = excluded.status "
         "WHERE orders.total > 1 RETURNING id"),
         "insert", "insert", ("status",), []),
        ("INSERT INTO orders (id) SELECT id FROM users WHERE email = $1", "insert", "insert", (),
         ["users.email equality $1"]),
        ("UPDATE orders o SET status = $1, total = o.total + 1 FROM users u WHERE u.id = o.user_id AND u.email = $2",
         "update", "update", ("status", "total"),
         ["o.user_id join u.id", "u.id join o.user_id", "u.email equality $2"]),
        ("UPDATE orders SET (status, total) = (SELECT name, 1 FROM users WHERE id = user_id) WHERE id = $1",
         "update", "update", ("status", "total"),
         ["orders.user_id join users.id", "orders.id equality $1", "users.id join orders.user_id"]),
        ("DELETE FROM orders USING users u WHERE u.id = user_id AND u.email = $1 RETURNING orders.*",
         "delete", "delete", (), ["orders.user_id join u.id", "u.id join orders.user_id", "u.email equality $1"]),
        (("MERGE INTO orders o USING users u ON u.id = o.user_id "
         "WHEN MATCHED AND o.total > 1 THEN UPDATE SET status = $1 "
         "WHEN NOT MATCHED THEN INSERT (id) VALUES (u.id)"),
         "merge", "update", ("status",), ["o.user_id join u.id", "u.id join o.user_id"]),
        ("MERGE INTO orders o USING users u ON u.id = o.user_id WHEN MATCHED THEN DELETE",
         "merge", "delete", (), ["o.user_id join u.id", "u.id join o.user_id"]),
        ("WITH gone AS (DELETE FROM orders WHERE status = $1 RETURNING id) SELECT FROM gone",
         "select", "delete", (), ["orders.status equality $1"]),
    ],
)  # fmt: skip
def test_writes_tell_what_they_write_and_what_they_search(
    text: str,
    kind: str,
    written: str,
    columns: tuple[str, ...],
    expected: list[str],
    uses: Uses,
    understood: Understood,
) -> None:
    parsed = understood(text)
    assert (parsed.kind, parsed.relations[0].written, parsed.relations[0].updated_columns) == (kind, written, columns)
    assert sorted(uses(text)) == sorted(expected)


def test_writing_to_an_unknown_table_is_still_understood(understood: Understood) -> None:
    assert understood("UPDATE nowhere SET a = $1 WHERE b = $2").relations == ()
    assert understood("INSERT INTO nowhere VALUES ($1)").relations == ()


def test_a_written_parameter_is_known_by_its_column(understood: Understood) -> None:
    def columns(text: str) -> list[str | None]:
        return [use.column for use in understood(text).parameter_uses]

    assert columns("INSERT INTO orders VALUES ($1, $2), ($3, DEFAULT)") == ["id", "user_id", "id"]
    assert columns("INSERT INTO orders (status, total) VALUES ($1, $2 + 1)") == ["status"]
    assert columns("UPDATE orders SET status = $1 WHERE total = $2") == ["status", "total"]
    assert columns("INSERT INTO orders DEFAULT VALUES") == []


def test_only_plain_rows_tell_by_their_number(understood: Understood) -> None:
    assert understood("SELECT * FROM orders ORDER BY id LIMIT $1").returns_table_rows
    assert understood("DELETE FROM orders WHERE id = $1").returns_table_rows
    assert not understood("SELECT count(*) FROM orders").returns_table_rows
    assert not understood("INSERT INTO orders VALUES ($1)").returns_table_rows
