"""A value becomes a literal of the exact type, whatever it holds."""

import pytest

from celeriac.statements.parameters.literals import array, default, fitted, literal


@pytest.mark.parametrize(
    ("value", "type_name", "expected"),
    [
        ("x", "text", "'x'::text"),
        ("'; DROP TABLE users; --", "text", "'''; DROP TABLE users; --'::text"),
        ("\\", "character varying", "'\\'::character varying"),
        ("7", "bigint", "'7'::bigint"),
    ],
)
def test_literals_are_quoted(value: str, type_name: str, expected: str) -> None:
    assert literal(value, type_name) == expected


def test_arrays_quote_each_element() -> None:
    assert array(('a"b', "c\\", "d,e", "NULL")) == '{"a\\"b","c\\\\","d,e","NULL"}'


@pytest.mark.parametrize(
    ("value", "type_name", "column_type", "expected"),
    [
        ("12.7", "integer", "numeric", "12"),
        ("12.700000", "integer", "integer", "12"),
        ("99999999999", "integer", "bigint", None),
        ("abc", "integer", "text", None),
        ("1e3", "numeric", "double precision", "1e3"),
        ("abc", "numeric", "text", None),
        ("2024-01-01", "timestamp without time zone", "date", "2024-01-01"),
        ("soon", "date", "text", None),
        ("x", "text", "mood", "x"),
        ("x", "mood", "mood", "x"),
        ("x", "mood", "text", None),
        ("abc", "character varying(10)", "character varying(64)", "abc"),
    ],
)
def test_a_columns_value_fits_the_parameter_or_is_left(
    value: str, type_name: str, column_type: str, expected: str | None
) -> None:
    assert fitted(value, type_name, column_type) == expected


@pytest.mark.parametrize("type_name", ["integer", "text", "timestamp(3) with time zone", "uuid", "jsonb", "bigint[]"])
def test_every_usual_type_has_some_value(type_name: str) -> None:
    assert default(type_name) is not None


def test_a_type_of_somebodys_own_has_none() -> None:
    assert default("mood") is None
    assert default("mood[]") is None
