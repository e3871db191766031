"""A complaint of the server becomes a cast at the place it names, or none."""

import pytest

from celeriac.statements.catalog.tables import Catalog, Column, Table
from celeriac.statements.parameters.casts import Complaint, with_cast
from celeriac.statements.parsed import ParsedStatement
from celeriac.statements.parsing import parse

COLUMNS = (
    Column("id", "bigint"),
    Column("status", "character varying(10)"),
    Column("due", "date"),
    Column("made_at", "timestamp with time zone"),
    Column("gone", "numeric"),
)
CATALOG = Catalog({("public", "jobs"): Table(1, "public", "jobs", "r", 1000, 10, COLUMNS)}, server_version=150000)
UNKNOWN_TYPE, NOT_UNIQUE, NO_OPERATOR, NO_TABLE = "42P18", "42725", "42883", "42P01"


def mended(text: str, code: str, at: str | None = None, message: str = "", catalog: Catalog = CATALOG) -> str | None:
    """Complain about the place where `at` stands in the text."""
    parsed = parse(text, CATALOG)
    assert isinstance(parsed, ParsedStatement)
    assert parsed.text == text
    return with_cast(text, Complaint(code, message, None if at is None else text.index(at)), parsed, catalog)


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("SELECT $1 FROM lost", NO_TABLE, "lost"),
        ("SELECT $1 + $2", NOT_UNIQUE, None),
        ("SELECT id FROM jobs", NOT_UNIQUE, "id"),
        ("SELECT id + status FROM jobs WHERE id = $1", NO_OPERATOR, "+"),
        ("SELECT length(status = $1) FROM jobs", NO_OPERATOR, "length"),
    ],
)
def test_what_no_cast_can_mend_is_left(text: str, code: str, at: str | None) -> None:
    assert mended(text, code, at) is None


def test_a_text_that_does_not_parse_is_left() -> None:
    parsed = parse("SELECT $1", CATALOG)
    assert isinstance(parsed, ParsedStatement)
    assert with_cast("SELECT (", Complaint(UNKNOWN_TYPE, "", 0), parsed, CATALOG) is None


@pytest.mark.parametrize(
    ("text", "number", "expected"),
    [
        ("SELECT $1", 1, "SELECT $1::text"),
        ("SELECT $1, $2, $1", 1, "SELECT $1::text, $2, $1::text"),
        ("SELECT $1, $1::int", 1, "SELECT $1::text, $1::int"),
        ("SELECT id FROM jobs WHERE id = $1", 1, "SELECT id FROM jobs WHERE id = $1::bigint"),
        ("SELECT id FROM jobs LIMIT $1", 1, "SELECT id FROM jobs LIMIT $1::bigint"),
        ("SELECT id FROM jobs OFFSET $1", 1, "SELECT id FROM jobs OFFSET $1::bigint"),
    ],
)
def test_a_named_parameter_is_cast_wherever_it_stands(text: str, number: int, expected: str) -> None:
    message = f"could not determine data type of parameter ${number}"
    assert mended(text, UNKNOWN_TYPE, message=message) == expected


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("SELECT $1 + $2", "+", "SELECT $1::numeric + $2::numeric"),
        ("SELECT $1 || $2", "||", "SELECT $1::text || $2::text"),
        ("SELECT sum($1)", "sum", "SELECT sum($1::integer)"),
        ("SELECT upper($1)", "upper", "SELECT upper($1::text)"),
        ("SELECT to_char($1, $2)", "to_char",
         "SELECT to_char($1::timestamp with time zone, $2::text)"),
        ("SELECT date_trunc($1, $2)", "date_trunc",
         "SELECT date_trunc($1::text, $2::timestamp with time zone)"),
        ("SELECT sum(coalesce($1, $2))", "sum", "SELECT sum(coalesce($1::integer, $2::integer))"),
        ("SELECT sum(ARRAY[$1, id]) FROM jobs", "sum", "SELECT sum(ARRAY[$1::integer, id]) FROM jobs"),
        ("SELECT sum(length($1) * $2)", "sum", "SELECT sum(length($1) * $2::integer)"),
        ("SELECT sum(-($1))", "sum", "SELECT sum(-($1::integer))"),
        ("SELECT 'ä' || upper('ö'), $1 + $2", "+", "SELECT 'ä' || upper('ö'), $1::numeric + $2::numeric"),
        ("SELECT id FROM jobs WHERE due < $1 + $2", "+",
         "SELECT id FROM jobs WHERE due < $1::date + $2::integer"),
        ("SELECT id FROM jobs WHERE made_at < $1 - $2", "-",
         "SELECT id FROM jobs WHERE made_at < $1::timestamp with time zone - $2::interval"),
    ],
)  # fmt: skip
def test_the_operator_or_function_decides_the_type(text: str, at: str, expected: str) -> None:
    assert mended(text, NOT_UNIQUE, at) == expected


@pytest.mark.parametrize("otherwise", [" ELSE $3", ""])
def test_the_results_of_case_are_cast_and_its_conditions_left(otherwise: str) -> None:
    text = f"SELECT sum(CASE WHEN status = $1 THEN $2{otherwise} END) FROM jobs"
    expected = text.replace("$2", "$2::integer").replace("$3", "$3::integer")
    assert mended(text, NOT_UNIQUE, "sum") == expected


def test_a_dropped_table_tells_no_types() -> None:
    message = "could not determine data type of parameter $1"
    text = "SELECT id FROM jobs WHERE id = $1"
    assert mended(text, UNKNOWN_TYPE, message=message, catalog=Catalog({})) == f"{text}::text"
