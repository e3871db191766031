"""What the advisor asks of the server beside the catalog: functions it cannot trust, secured tables, rows written."""

from collections.abc import Mapping

from sqlalchemy import Connection

from celeriac import sql
from celeriac.cache.advise.facts import Name, ServerFacts

MOST_TABLES = 2_000


def read_facts(connection: Connection) -> ServerFacts:
    """Ask a server; two queries."""
    functions = connection.execute(sql.load(__file__, "functions")).one()
    secured = connection.execute(sql.load(__file__, "secured"))
    return ServerFacts(
        volatile=frozenset(functions.volatile),
        unknown=frozenset(functions.unknown),
        secured=frozenset((row.schema, row.name) for row in secured),
    )


def rows_written(connection: Connection) -> dict[Name, int]:
    """Return how many rows each table has had written since its statistics began."""
    found = connection.execute(sql.load(__file__, "written"), {"most": MOST_TABLES})
    return {(row.schema, row.name): row.rows for row in found}


def rates(before: Mapping[Name, int], after: Mapping[Name, int], hours: float) -> dict[Name, float]:
    """Return the rows an hour written to each table between two readings; a reset in between says nothing.

    >>> rates({("public", "jobs"): 10}, {("public", "jobs"): 40}, hours=0.5)
    {('public', 'jobs'): 60.0}
    """
    return {name: (rows - before[name]) / hours for name, rows in after.items() if rows >= before.get(name, rows + 1)}
