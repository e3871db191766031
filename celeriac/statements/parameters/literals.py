"""Values as SQL literals of an exact type, and a value of each type for parameters about which nothing is known."""

import re
from decimal import Decimal

_INTEGER_LIMITS = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1, "oid": 2**32 - 1}
_NUMBERS = ("numeric", "real", "double precision", "money")
_TEXTS = ("text", "character varying", "character", "name", '"char"', "citext", "bpchar", "unknown")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?\Z")
_MOMENT = re.compile(r"\d{4,}-\d\d-\d\d")
_DEFAULTS = {
    "boolean": "true",
    "bytea": "\\x00",
    "date": "2024-01-01",
    "time without time zone": "12:00:00",
    "time with time zone": "12:00:00+00",
    "interval": "1 day",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "json": "{}",
    "jsonb": "{}",
    "jsonpath": "$",
    "inet": "127.0.0.1",
    "cidr": "10.0.0.0/8",
    "macaddr": "00:00:00:00:00:00",
    "tsquery": "a",
    "tsvector": "a",
    "xml": "<a/>",
    "bit": "1",
    "bit varying": "1",
    "point": "(0,0)",
    "box": "(1,1),(0,0)",
    "circle": "<(0,0),1>",
    "regclass": "pg_class",
    "regtype": "integer",
    "regconfig": "simple",
    "int4range": "[1,2)",
    "int8range": "[1,2)",
    "numrange": "[1,2)",
    "daterange": "[2024-01-01,2024-01-02)",
    "tsrange": "[2024-01-01,2024-01-02)",
    "tstzrange": "[2024-01-01,2024-01-02)",
    "geometry": "POINT(0 0)",
    "geography": "POINT(0 0)",
}


def literal(value: str, type_name: str) -> str:
    """Quote a value as a literal of a type; safe whatever it holds, given standard_conforming_strings.

    >>> literal("it's", "text")
    "'it''s'::text"
    """
    return "'" + value.replace("'", "''") + "'::" + type_name


def array(values: tuple[str, ...]) -> str:
    """Write values as the text of an array.

    >>> array(("a", 'b"c'))
    '{"a","b\\\\\\\\"c"}'
    """
    return "{" + ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values) + "}"


def fitted(value: str, type_name: str, column_type: str) -> str | None:
    """Return a column's value as a parameter's type takes it; None where it does not."""
    base = base_type(type_name)
    if base in _INTEGER_LIMITS:
        return _whole(value, _INTEGER_LIMITS[base])
    if base == base_type(column_type) or base in _TEXTS:
        return value
    if base in _NUMBERS:
        return value if _NUMBER.match(value) else None
    if base == "date" or base.startswith("timestamp"):
        return value if _MOMENT.match(value) else None
    return None


def default(type_name: str) -> str | None:
    """Return some value of a type, or None where its form is not known here."""
    base = base_type(type_name)
    if base.endswith("[]"):
        element = default(base[:-2])
        return array((element,)) if element is not None else None
    if base in _INTEGER_LIMITS or base in _NUMBERS or base in _TEXTS:
        return "1"  # reads as a number too, should the statement cast it on
    if base.startswith("timestamp"):
        return "2024-01-01 00:00:00"
    return _DEFAULTS.get(base)


def base_type(type_name: str) -> str:
    """Drop a type's length or precision.

    >>> base_type("character varying(20)"), base_type("timestamp(3) without time zone")
    ('character varying', 'timestamp without time zone')
    """
    return re.sub(r"\([\d,]+\)", "", type_name)


def _whole(value: str, limit: int) -> str | None:
    if not _NUMBER.match(value):
        return None
    number = int(Decimal(value))
    return str(number) if -limit <= number <= limit else None
