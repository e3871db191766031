"""Texts as pg_stat_statements writes them become texts that PREPARE takes."""

import dataclasses
from collections.abc import Callable

import pytest

from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.parsed import NotUnderstood, ParsedStatement
from celeriac.statements.parsing import parse

Understood = Callable[..., ParsedStatement]


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("SELECT now() - interval $1", "SELECT now() - $1::interval"),
        ("SELECT interval $1 day to hour", "SELECT $1::interval day to hour"),
        ("SELECT date $1 AT TIME ZONE $2", "SELECT $1::date AT TIME ZONE $2"),
        ("SELECT timestamp with time zone $1, 'ü', time(3) $2",
         "SELECT $1::timestamp with time zone, 'ü', $2::time(3)"),
        ("SELECT extract($1 FROM created_at) FROM users", "SELECT pg_catalog.extract($1, created_at) FROM users"),
        ("SELECT substring(name from $1 for $2) FROM users",
         "SELECT substring(name from $1::integer for $2::integer) FROM users"),
        ("SELECT id FROM users WHERE id IN ($1 /*, ... */)", "SELECT id FROM users WHERE id = ANY ($1 /*, ... */)"),
        ("SELECT id FROM users WHERE id NOT IN ($1 /*, ... */)",
         "SELECT id FROM users WHERE id <> ALL ($1 /*, ... */)"),
        ("SELECT status, count(*) FROM orders GROUP BY $1 ORDER BY $2",
         "SELECT status, count(*) FROM orders GROUP BY 1 ORDER BY 1"),
        ("SELECT id FROM users WHERE id = $2 AND name = $4 AND email = '$9'",
         "SELECT id FROM users WHERE id = $1 AND name = $2 AND email = '$9'"),
        ("SELECT $1::interval, cast($2 AS date)", "SELECT $1::interval, cast($2 AS date)"),
        ("SELECT id FROM users ORDER BY id LIMIT $1 OFFSET $2", "SELECT id FROM users ORDER BY id LIMIT $1 OFFSET $2"),
        ("SELECT id FROM users ORDER BY id FETCH FIRST $1 ROWS WITH TIES",
         "SELECT id FROM users ORDER BY id FETCH FIRST $1 ROWS WITH TIES"),
    ],
)  # fmt: skip
def test_constants_lost_to_normalizing_are_put_in_their_place(text: str, repaired: str, understood: Understood) -> None:
    assert understood(text).text == repaired


def test_extract_is_another_function_before_14(understood: Understood, shop: Catalog) -> None:
    old = dataclasses.replace(shop, server_version=130000)
    assert understood("SELECT extract($1 from now())", old).text == "SELECT pg_catalog.date_part($1, now())"


def test_a_parameter_where_none_can_stand_is_refused(shop: Catalog) -> None:
    refused = parse("SELECT id IS $1 FROM users", shop)
    assert isinstance(refused, NotUnderstood)


def test_parameters_are_known_by_their_place(understood: Understood) -> None:
    parsed = understood(
        "SELECT date_trunc($1, created_at) FROM users WHERE name LIKE $2 || $3 AND created_at AT TIME ZONE $4 > now() "
        "AND id IN ($5, $6) LIMIT $7 OFFSET $8"
    )
    places = {use.number: use.place for use in parsed.parameter_uses}
    assert places == {
        1: "unit", 2: "compared", 3: "wildcard", 4: "zone", 5: "compared", 6: "compared", 7: "limit", 8: "offset",
    }  # fmt: skip
