"""Read each table's figures from the catalog: one question for all tables, or for one."""

from typing import Any

from sqlalchemy import Connection

from celeriac.maintenance.facts import Server, Table
from celeriac.sql import load


def server(connection: Connection) -> Server:
    """Read what holds for every table."""
    return Server(**connection.execute(load(__file__, "server")).one()._asdict())


def tables(connection: Connection) -> tuple[Table, ...]:
    """Read every table that somebody made."""
    return tuple(_table(row._asdict()) for row in connection.execute(load(__file__, "tables"), {"oid": None}))


def table(connection: Connection, oid: int) -> Table | None:
    """Read one table as it is now; None where it is gone."""
    row = connection.execute(load(__file__, "tables"), {"oid": oid}).one_or_none()
    return None if row is None else _table(row._asdict())


def _table(row: dict[str, Any]) -> Table:
    return Table(**{**row, "options": dict(option.split("=", 1) for option in row["options"])})
