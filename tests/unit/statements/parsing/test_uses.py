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
        ("users.id = $1 AND public.users.name = $2", ["users.id equality $1", "users.name equality $2"]),
    ],
)
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
    ],
)
def test_the_order_and_groups_of_rows_use(tail: str, expected: list[str], uses: Callable[[str], list[str]]) -> None:
    assert uses(f"SELECT name AS alias FROM users u {tail}") == expected


def test_an_order_over_two_tables_ends_with_the_first_of_them(uses: Callable[[str], list[str]]) -> None:
    found = uses("SELECT FROM users u, orders o ORDER BY u.name, o.total, u.id")
    assert found == ["u.name order"]


def test_distinct_uses_the_select_list_or_what_it_names(uses: Callable[[str], list[str]]) -> None:
    assert uses("SELECT DISTINCT status FROM orders") == ["orders.status distinct"]
    found = uses("SELECT DISTINCT ON (user_id) total FROM orders ORDER BY user_id, id DESC")
    assert found == ["orders.user_id distinct", "orders.user_id order", "orders.id order desc"]


def test_max_reads_one_end_of_an_order(understood: Callable[..., ParsedStatement]) -> None:
    parsed = understood("SELECT max(created_at) FROM orders WHERE user_id = $1")
    assert parsed.limited_levels == (0,)
    assert [use.clause for use in parsed.relations[0].uses] == ["equality", "order", "returned"]
    assert understood("SELECT max(total) FROM orders GROUP BY user_id").limited_levels == ()


def test_every_column_that_is_read_is_returned_once(returned: Callable[[str], list[str]]) -> None:
    assert returned("SELECT total, total + 1, count(*) OVER (PARTITION BY status) FROM orders") == [
        "orders.total", "orders.status",
    ]  # fmt: skip
    assert returned("SELECT o FROM orders o") == returned("SELECT o.* FROM orders o")
    assert returned("SELECT count(*) FROM orders") == []
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
