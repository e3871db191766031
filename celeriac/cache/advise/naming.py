"""Names for what is pasted: the function, its arguments and their types."""

import keyword
import re
from collections.abc import Iterable

from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.parsed import ParameterUse, ParsedStatement

_TYPES = {
    "bigint": "int",
    "integer": "int",
    "smallint": "int",
    "boolean": "bool",
    "double precision": "float",
    "real": "float",
    "numeric": "Decimal",
    "uuid": "UUID",
    "date": "date",
}
IMPORTS = {
    "Decimal": "from decimal import Decimal",
    "UUID": "from uuid import UUID",
    "date": "from datetime import date",
    "datetime": "from datetime import datetime",
}
_SUFFIXES = {">": "_from", ">=": "_from", "<": "_until", "<=": "_until", "<>": "_not", "!=": "_not"}
_BY_CLAUSE = {"prefix": "_like", "pattern": "_like", "containment": "_holds", "text_search": "_query"}
_MOST_NAMED = 3


def arguments(parsed: ParsedStatement) -> dict[int, str]:
    """Return an argument's name for each $n."""
    uses = {use.number: use for use in parsed.parameter_uses}
    named: dict[int, str] = {}
    for number in range(1, parsed.parameters + 1):
        base = _argument(uses.get(number), number)
        name, copy = base, 2
        while name in named.values():
            name, copy = f"{base}_{copy}", copy + 1
        named[number] = name
    return named


def annotation(use: ParameterUse | None, parsed: ParsedStatement, catalog: Catalog) -> str:
    """Return the Python type of an argument."""
    if use is None:
        return "str | int"
    if use.place in ("limit", "offset"):
        return "int"
    column = None
    if use.relation is not None and use.column is not None:
        relation = parsed.relations[use.relation]
        table = catalog.tables.get((relation.schema, relation.table))
        column = table.column(use.column) if table is not None else None
    kind = column.type.partition("(")[0] if column is not None else ""
    return "datetime" if kind.startswith("timestamp") else _TYPES.get(kind, "str")


def function(parsed: ParsedStatement, named: Iterable[str], taken: set[str]) -> str:
    """Return a name for the function, such as `scraping_jobs_by_user_id_and_status`, that is not taken yet."""
    about = [name for name in named if name not in ("limit", "offset") and not name.startswith("value_")]
    outer = min(parsed.relations, key=lambda relation: relation.level)
    base = identifier(outer.table) + (f"_by_{'_and_'.join(about[:_MOST_NAMED])}" if about else "_all")
    name, copy = base, 2
    while name in taken:
        name, copy = f"{base}_{copy}", copy + 1
    taken.add(name)
    return name


def identifier(text: str) -> str:
    """Return a Python name made of any text.

    >>> identifier("Order"), identifier("lower(email)"), identifier("class"), identifier("2fa")
    ('order', 'lower_email', 'class_', 'x_2fa')
    """
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "value"
    name = f"x_{name}" if name[0].isdigit() else name
    return f"{name}_" if keyword.iskeyword(name) else name


def _argument(use: ParameterUse | None, number: int) -> str:
    if use is None or use.place in ("other", "unit", "zone"):
        return f"value_{number}"
    if use.place in ("limit", "offset"):
        return use.place
    if use.column is None:
        return f"value_{number}"
    suffix = _SUFFIXES.get(use.operator or "", "") or _BY_CLAUSE.get(use.clause or "", "")
    return identifier(use.column) + suffix
