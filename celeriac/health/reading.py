"""Read the rows of a check's query; each bound that the query names is the policy's field of that name."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from sqlalchemy import Connection, TextClause

from celeriac import sql
from celeriac.health.policy import HealthPolicy

Read = TypeVar("Read")


def rows_of(
    beside: str, name: str, row: Callable[..., Read], connection: Connection, policy: HealthPolicy, **values: object
) -> Iterator[Read]:
    """Yield the rows of the query `name` in the folder of `beside`; `values` are no bounds of the policy."""
    yield from rows_in(sql.load(beside, name, sql.server_version(connection)), row, connection, policy, **values)


def rows_in(
    query: TextClause, row: Callable[..., Read], connection: Connection, policy: HealthPolicy, **values: object
) -> Iterator[Read]:
    """Yield the rows of a query that was found elsewhere."""
    bounds = {name: values.get(name, getattr(policy, name, None)) for name in query.compile().params}
    for found in connection.execute(query, bounds).mappings():
        yield row(**found)
