"""What each clause asks of each column."""

from collections.abc import Callable

import pytest

from celeriac.statements.parsed import ParsedStatement
from celeriac.statements.parsing import canonical_expression


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("id = $1", ["users.id equality $1"]),
        ("$1 < id", ["users.id range > $1"]),
        ("id IN (1, 2)", ["users.id equality IN (1, 2)"]),
        ("id IN ($1, $2)", ["users.id equality IN $1"]),
        ("id = ANY ($1)", ["users.id equality = ANY $1"]),
        ("id <> 3", ["users.id returned <> 3"]),
        ("id <> ALL ($1)", ["users.id returned <> ALL $1"]),
        ("id BETWEEN $1 AND $2", ["users.id range >= $1", "users.id range <= $2"]),
        ("id NOT BETWEEN 1 AND 2", ["users.id range < 1 maybe", "users.id range > 2 maybe"]),
        ("(id, name) > ($1, $2)", ["users.id range >= $1", "users.name range > $2 maybe"]),
        ("(id, name) = ($1, $2)", ["users.id equality $1", "users.name equality $2"]),
        ("(id, name) IN (($1, $2), ($3, $4))", ["users.id equality IN $1", "users.name equality IN $2"]),
        ("name LIKE 'ab%'", ["users.name prefix ~~ 'ab%'"]),
        ("name ~~ 'ab%'::text", ["users.name prefix ~~ 'ab%'"]),
        ("name ~~* 'ab%'", ["users.name pattern ~~* 'ab%'"]),
        ("name LIKE '%b'", ["users.name pattern ~~ '%b'"]),
        ("name LIKE $1", ["users.name prefix ~~ $1", "users.name pattern ~~ $1"]),
        ("name LIKE $1 || '%'", ["users.name prefix ~~"]),
        ("name LIKE '%' || $1 || '%'", ["users.name pattern ~~"]),
        ("name LIKE concat($1, $2, $3)", ["users.name pattern ~~"]),
        ("name ILIKE $1", ["users.name pattern ~~* $1"]),
        ("name ~ '^ab'", ["users.name prefix ~ '^ab'"]),
        ("name ~ 'ab'", ["users.name pattern ~ 'ab'"]),
        ("name IS NULL", ["users.name is_null IS NULL"]),
        ("active", ["users.active is_null IS TRUE"]),
        ("NOT active", ["users.active is_null IS FALSE"]),
        ("active IS NOT TRUE", ["users.active is_null IS NOT TRUE"]),
        ("data @> $1", ["users.data containment @> $1"]),
        ("$1 <@ data", ["users.data containment @> $1"]),
        ("tags && $1", ["users.tags containment && $1"]),
        ("data @@ $1", ["users.data containment @@ $1"]),
        ("to_tsvector('english', name) @@ $1", ["users: to_tsvector('english', name) text_search @@ $1"]),
        ("lower(email) = lower($1)", ["users: lower(email) equality"]),
        ("email::text = $1", ["users.email equality $1"]),
        ("created_at::date = $1", ["users: created_at::date equality $1"]),
        ("date_trunc('day', created_at) >= $1", ["users: date_trunc('day', created_at) range >= $1"]),
        ("data ->> 'k' = $1", ["users: data ->> 'k' equality $1"]),
        ("data ->> $1 = $2", []),
        ("coalesce(name, 'x') = 'y'", ["users: COALESCE(name, 'x') equality 'y'"]),
        ("created_at > now() - $1::interval", ["users.created_at range >"]),
        ("random() < id + random()", []),
        ("id = $1 OR name = $2", ["users.id equality $1 maybe", "users.name equality $2 maybe"]),
        ("NOT (id = $1)", ["users.id equality $1 maybe"]),
        ("id = id", []),
        ("id = ALL ($1)", []),
        ("$1 = ANY (tags)", []),
        ("tags[1] = $1", []),
        ("id IN (SELECT 1)", ["users.id join"]),
        ("lower(name) IS NULL", ["users: lower(name) is_null IS NULL"]),
        ("(id > 1) IS TRUE", ["users.id range > 1"]),
        ("NOT (id > 1 AND active)", ["users.id range > 1 maybe", "users.active is_null IS TRUE maybe"]),
        ("lower(name) LIKE 'a%'", ["users: lower(name) prefix ~~ 'a%'"]),
        ("name LIKE 'a' || $1", ["users.name prefix ~~"]),
        ("name LIKE $1 ESCAPE $2", ["users.name prefix ~~", "users.name pattern ~~"]),
        ("name NOT LIKE $1", []),
        ("id IN (id, 2)", []),
        ("ctid = $1", []),
        ("users = $1", []),
        ("created_at::date = current_date", ["users: created_at::date equality"]),
        ("sum(id) OVER () = 1", []),
        ("id = '5'::bigint", ["users.id equality '5'::bigint"]),
        ("id = -5", ["users.id equality -5"]),
        ("id = ANY ('{1,2}'::bigint[])", ["users.id equality = ANY '{1,2}'::bigint[]"]),
        ("id = ANY (ARRAY[$1, $2])", ["users.id equality = ANY"]),
        ("tags @> ARRAY[$1]", ["users.tags containment @>"]),
        ("tags <@ $1", ["users.tags containment <@ $1"]),
        ("data ? 'k'", ["users.data containment ? 'k'"]),
        ("data @? '$.a'", ["users.data containment @? '$.a'"]),
        ("name ^@ $1", ["users.name prefix ^@ $1"]),
        ("name ~* 'x'", ["users.name pattern ~* 'x'"]),
        ("name LIKE $1 || $2 || $3", ["users.name pattern ~~"]),
        ("name LIKE ('%' || $1)::text", ["users.name pattern ~~"]),
        ("name LIKE email", []),
        ("name IS NOT NULL", ["users.name is_null IS NOT NULL"]),
        ("active = true", ["users.active equality true"]),
        ("active IS UNKNOWN", ["users.active is_null IS NULL"]),
        ("id = $1 AND (name = $2 OR active)",
         ["users.id equality $1", "users.name equality $2 maybe", "users.active is_null IS TRUE maybe"]),
        ("(id, name) < ($1, $2)", ["users.id range <= $1", "users.name range < $2 maybe"]),
        ("(id, name) <> ($1, $2)", ["users.id returned <> $1 maybe", "users.name returned <> $2 maybe"]),
        ("name NOT IN ('a', 'b')", ["users.name returned <> ('a', 'b')"]),
        ("(id, name) NOT IN ((1, 'a'))", ["users.id returned <> (1) maybe", "users.name returned <> ('a') maybe"]),
        ("(id, name) IN (SELECT id, status FROM orders)",
         ["users.id join orders.id", "users.name join orders.status", "orders.id join users.id",
          "orders.status join users.name"]),
        ("id = ANY (SELECT user_id FROM orders)", ["users.id join orders.user_id", "orders.user_id join users.id"]),
        ("id > ALL (SELECT user_id FROM orders)", []),
        ("id IS NOT DISTINCT FROM $1", []),
        ("name SIMILAR TO 'a%'", []),
        ("name COLLATE \"C\" = $1", []),
        ("lower(name COLLATE \"C\") = $1", []),
        ("(name COLLATE \"C\") || 'x' = $1", []),
        ("(id IN (1)) = $1", []),
        ("concat(VARIADIC tags) = $1", []),
        ("created_at::interval day = $1", []),
        ("name::geometry(point) = $1", []),
        ("lower(name || b'1') = $1", []),
        ("CASE WHEN id = 1 THEN true END", []),
        ("(SELECT true FROM orders LIMIT 1) IS NULL", []),
        ("$1 IS NULL", []),
        ("true", []),
        ("users.id = $1 AND public.users.name = $2", ["users.id equality $1", "users.name equality $2"]),
    ],
)  # fmt: skip
def test_a_condition_uses(condition: str, expected: list[str], uses: Callable[[str], list[str]]) -> None:
    assert sorted(uses(f"SELECT FROM users WHERE {condition}")) == sorted(expected)


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("ORDER BY created_at DESC NULLS LAST, id", ["u.created_at order desc nulls_first=False", "u.id order"]),
        ("ORDER BY 1", ["u.name order"]),
        ("ORDER BY alias", ["u.name order"]),
        ("ORDER BY lower(email)", ["u: lower(email) order"]),
        ("ORDER BY count(*)", []),
        ("GROUP BY name, email", ["u.name group", "u.email group"]),
        ("GROUP BY ROLLUP (name)", []),
        ("GROUP BY alias", ["u.name group"]),
        ("GROUP BY 1", ["u.name group"]),
        ("GROUP BY date_trunc('day', created_at)", ["u: date_trunc('day', created_at) group"]),
        ("GROUP BY active HAVING active AND count(*) > 3", ["u.active group", "u.active is_null IS TRUE"]),
        ("GROUP BY 7", []),
        ("GROUP BY nothing", []),
        ("ORDER BY 7", []),
        ("ORDER BY id USING >", ["u.id order desc"]),
        ("ORDER BY id NULLS FIRST", ["u.id order nulls_first=True"]),
        ("ORDER BY id, random(), email", ["u.id order"]),
    ],
)
def test_the_order_and_groups_of_rows_use(tail: str, expected: list[str], uses: Callable[[str], list[str]]) -> None:
    assert uses(f"SELECT name AS alias FROM users u {tail}") == expected


def test_an_order_over_two_tables_ends_with_the_first_of_them(uses: Callable[[str], list[str]]) -> None:
    found = uses("SELECT FROM users u, orders o ORDER BY u.name, o.total, u.id")
    assert found == ["u.name order"]


def test_an_order_by_a_name_or_place_means_the_expression_there(uses: Callable[[str], list[str]]) -> None:
    assert uses("SELECT id, lower(email) AS mail FROM users ORDER BY mail DESC") == ["users: lower(email) order desc"]
    assert uses("SELECT data ->> 'k', name FROM users ORDER BY 1, 2") == [
        "users: data ->> 'k' order",
        "users.name order",
    ]
    assert uses("SELECT *, lower(email) AS mail FROM users ORDER BY mail") == []
    assert uses("SELECT rank() OVER (ORDER BY id) AS place FROM users ORDER BY place") == []
    assert uses("SELECT user_id, count(*) AS n FROM orders GROUP BY user_id ORDER BY n") == ["orders.user_id group"]


def test_distinct_uses_the_select_list_or_what_it_names(uses: Callable[[str], list[str]]) -> None:
    assert uses("SELECT DISTINCT status FROM orders") == ["orders.status distinct"]
    found = uses("SELECT DISTINCT ON (user_id) total FROM orders ORDER BY user_id, id DESC")
    assert found == ["orders.user_id distinct", "orders.user_id order", "orders.id order desc"]


def test_max_reads_one_end_of_an_order(understood: Callable[..., ParsedStatement]) -> None:
    parsed = understood("SELECT max(created_at) FROM orders WHERE user_id = $1")
    assert parsed.limited_levels == (0,)
    assert [use.clause for use in parsed.relations[0].uses] == ["equality", "order", "returned"]
    assert understood("SELECT max(total) FROM orders GROUP BY user_id").limited_levels == ()


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("SELECT FROM orders LIMIT 3", (0,)),
        ("SELECT FROM orders FETCH FIRST ROW ONLY", (0,)),
        ("SELECT FROM orders LIMIT $1 + 5", (0,)),
        ("SELECT FROM orders LIMIT ALL", ()),
        ("SELECT FROM orders OFFSET $1", ()),
        ("SELECT id FROM users UNION SELECT id FROM orders LIMIT 3", (0,)),
        ("SELECT FROM users, (SELECT FROM orders LIMIT 3) o", (1,)),
        ("SELECT max(total) FROM orders HAVING count(*) > 1", ()),
        ("SELECT max(total) OVER () FROM orders", ()),
        ("SELECT max(user_id) FROM (SELECT user_id FROM orders OFFSET 3) o", ()),
    ],
)
def test_only_these_levels_end_early(
    text: str, levels: tuple[int, ...], understood: Callable[..., ParsedStatement]
) -> None:
    assert understood(text).limited_levels == levels


def test_every_column_that_is_read_is_returned_once(returned: Callable[[str], list[str]]) -> None:
    assert returned("SELECT total, total + 1, count(*) OVER (PARTITION BY status) FROM orders") == [
        "orders.total", "orders.status",
    ]  # fmt: skip
    assert returned("SELECT o FROM orders o") == returned("SELECT o.* FROM orders o")
    assert returned("SELECT count(*) FROM orders") == []
    assert returned("SELECT sum(total) OVER w FROM orders WINDOW w AS (PARTITION BY status)") == [
        "orders.total", "orders.status",
    ]  # fmt: skip
    assert returned("SELECT (u.data).k, u.name.part FROM users u") == ["u.data"]
    assert returned("SELECT DISTINCT total + 1 FROM orders") == ["orders.total"]
    assert returned("SELECT id FROM users WHERE EXISTS (SELECT * FROM orders WHERE user_id = users.id)") == ["users.id"]


@pytest.mark.parametrize(
    ("of_index", "of_statement"),
    [
        ("lower((email)::text)", "lower(email)"),
        ("(data ->> 'k'::text)", "data ->> 'k'"),
        ("((data -> 'a'::text) ->> 'b'::text)", "data -> 'a' ->> 'b'"),
        ("date_trunc('day'::text, created_at)", "date_trunc('day', created_at)"),
        ("(created_at)::date", "created_at::date"),
        ("(created_at AT TIME ZONE 'UTC'::text)", "created_at AT TIME ZONE 'UTC'"),
        ("EXTRACT(year FROM created_at)", "extract(year from created_at)"),
        ("COALESCE(name, ''::text)", "coalesce(name, '')"),
        ("(id)::text", "id::text"),
        ("((- id) + 1)", "(-id) + 1"),
        ("(active = true)", "active = 't'::boolean"),
        ("((name)::character(3))", "name::char(3)"),
        ("((created_at)::timestamp(3) with time zone)", "created_at::timestamptz(3)"),
        ("COALESCE(id, NULL::bigint, 1.5)", "coalesce(id, null::bigint, 1.5)"),
        ("(tags)::integer[]", "tags::int[]"),
        ("public.norm(name)", "public.norm(name)"),
        ("((name || 'a\\b'::text) || 'c'::text)", "name || 'a\\b' || 'c'"),
        ('"Strange"("Name")', '"Strange"("Name")'),
        ("GREATEST(id, 5)", "greatest(id, 5)"),
    ],
)
def test_an_index_and_a_statement_write_an_expression_alike(of_index: str, of_statement: str) -> None:
    texts = frozenset({"email", "name"})
    assert canonical_expression(of_index, texts) == canonical_expression(of_statement, texts)


def test_what_cannot_be_written_stays_as_it_is() -> None:
    assert canonical_expression("CASE WHEN a THEN b END") == "CASE WHEN a THEN b END"
    assert canonical_expression("not sql at all (") == "not sql at all ("
