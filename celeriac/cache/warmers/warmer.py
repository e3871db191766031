"""What a SQL warmer is, and what it may not be.

A warmer's query returns rows; each row's columns, together with the parameters, fill the key template. Rows of one key
make one entry: the row itself where `shape` is "row", the list of rows where it is "rows". So one query warms the data
of a thousand users, or one key with the whole result.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import postgast
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.base import PGDialect

from celeriac.cache.freshness import checked
from celeriac.cache.keys import Template, checked_name
from celeriac.cache.policy import Lifetime
from celeriac.errors import CeleriacError
from celeriac.priorities import NORMAL

Shape = Literal["row", "rows"]


class WarmerRefused(CeleriacError):
    """Warmer {name!r} cannot be used: {why}."""


@dataclass(frozen=True, slots=True)
class SqlWarmer:
    """Entries that a query fills."""

    name: str
    query: str
    """One SELECT; parameters as `:name`."""
    key: str
    """A template over the query's columns and the parameters, such as `user:{id}`."""
    namespace: str
    ttl_s: float
    shape: Shape = "row"
    priority: int = NORMAL
    """0 is warmed first, as in `celeriac.priorities`; equal ones by what they are worth."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    parameter_query: str | None = None
    """One SELECT whose rows are further parameters; the query runs once for each."""
    tags: tuple[str, ...] = ()
    """Templates like the key."""

    def __post_init__(self) -> None:
        checked_name(self.name, "warmer")
        checked_name(self.namespace, "namespace")
        checked(Lifetime(ttl_s=self.ttl_s))
        if self.shape not in ("row", "rows"):
            raise WarmerRefused(name=self.name, why=f'shape is "row" or "rows", not {self.shape!r}')
        if not 0 <= self.priority <= 9:
            raise WarmerRefused(name=self.name, why=f"priority is 0 (first) to 9 (last), not {self.priority!r}")
        for template in (self.key, *self.tags):
            Template.parse(template)
        for query in (self.query, self.parameter_query):
            if query is not None:
                _check_reads_only(self.name, query)


@dataclass(frozen=True, slots=True)
class WarmedBy:
    """What one warmer brought."""

    warmer: str
    keys: int
    bytes: int
    seconds: float
    note: str | None = None
    """Why it brought less than it could have."""


@dataclass(frozen=True, slots=True)
class WarmReport:
    """What one run brought and cost."""

    warmed: int
    bytes: int
    seconds: float
    warmers: tuple[WarmedBy, ...]
    stopped: str | None = None
    """Why the run ended before every warmer had run."""


def _check_reads_only(name: str, query: str) -> None:
    """Raise WarmerRefused for all but one plain SELECT; the read-only transaction it runs in is the second guard."""
    # PostgreSQL's grammar knows parameters as $1; SQLAlchemy rewrites :name exactly as it will when it runs.
    plain = str(text(query).compile(dialect=PGDialect(paramstyle="numeric_dollar")))  # type: ignore[no-untyped-call]
    try:
        statements = postgast.parse(plain).stmts
    except postgast.PgQueryError as malformed:
        raise WarmerRefused(name=name, why=f"its query is not SQL ({malformed})") from None
    if len(statements) != 1:
        raise WarmerRefused(name=name, why=f"its query is {len(statements)} statements and must be one")
    select = statements[0].stmt
    if select.WhichOneof("node") != "select_stmt":
        raise WarmerRefused(name=name, why="its query must be a SELECT")
    if select.select_stmt.locking_clause:
        raise WarmerRefused(name=name, why="its query locks rows (FOR UPDATE or FOR SHARE)")
    if select.select_stmt.HasField("into_clause"):
        raise WarmerRefused(name=name, why="its query writes a table (INTO)")
    for cte in select.select_stmt.with_clause.ctes:
        if cte.common_table_expr.ctequery.WhichOneof("node") != "select_stmt":
            raise WarmerRefused(name=name, why=f"its WITH {cte.common_table_expr.ctename} changes data")
