"""What the catalog looked like at the last look, and what DDL has happened since; reading is one query."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import Connection

from celeriac.sql import load

_GROWN = 2.0


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What of a table a plan hangs on."""

    oid: int
    columns: str | None
    """A digest of names and types."""
    indexes: Mapping[str, bool]
    """By name, and whether each is valid."""
    rows: float
    """As the planner believes; below 0 where it was never told."""


Facts = Mapping[str, TableFacts]
"""By qualified name."""


def look(connection: Connection) -> dict[str, TableFacts]:
    """Read every table's facts."""
    return {
        f"{row.schema}.{row.name}": TableFacts(row.oid, row.columns, orjson.loads(row.indexes), row.rows)
        for row in connection.execute(load(__file__, "catalog_facts"))
    }


def differences(before: Facts, now: Facts) -> Iterator[tuple[str, str]]:
    """Yield what happened to which table between two looks, in words that a sentence ends with."""
    for name in sorted(before.keys() | now.keys()):
        old, new = before.get(name), now.get(name)
        if new is None:
            yield name, f"table {name} was dropped"
        elif old is None:
            yield name, f"table {name} was created"
        elif old.oid != new.oid:
            yield name, f"table {name} was created anew"
        else:
            yield from ((name, what) for what in _changes(name, old, new))


def as_json(facts: Facts) -> dict[str, Any]:
    """Return facts as the ledger keeps them."""
    return {name: asdict(one) for name, one in facts.items()}


def from_json(document: Mapping[str, Any]) -> dict[str, TableFacts]:
    """Read facts that the ledger kept."""
    return {name: TableFacts(**one) for name, one in document.items()}


def _changes(name: str, old: TableFacts, new: TableFacts) -> Iterator[str]:
    if old.columns != new.columns:
        yield f"columns of {name} were changed"
    for index in sorted(old.indexes.keys() - new.indexes.keys()):
        yield f"index {index} of {name} was dropped"
    for index in sorted(new.indexes.keys() - old.indexes.keys()):
        yield f"index {index} of {name} was created"
    for index in sorted(old.indexes.keys() & new.indexes.keys()):
        if old.indexes[index] and not new.indexes[index]:
            yield f"index {index} of {name} became invalid"
    if min(old.rows, new.rows) > 0 and max(old.rows, new.rows) >= _GROWN * min(old.rows, new.rows):
        yield f"the rows of {name} went from {old.rows:,.0f} to {new.rows:,.0f}"
