"""What a SQL warmer is, and what it may not be.

A warmer's query returns rows; each row's columns, together with the parameters, fill the key template. Rows of one key
make one entry: the row itself where `shape` is "row", the list of rows where it is "rows". So one query warms the data
of a thousand users, or one key with the whole result.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from celeriac.cache.freshness import checked
from celeriac.cache.keys import Template, checked_name
from celeriac.cache.policy import Lifetime
from celeriac.cache.warmers.reads_only import binds, check_reads_only
from celeriac.cache.warmers.refusal import WarmerRefused, checked_priority
from celeriac.cache.warmers.task_warmer import TaskWarmer
from celeriac.priorities import NORMAL

Shape = Literal["row", "rows"]


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
    replay_query: str | None = None
    """One SELECT of what one key holds, for hot keys that are about to end; its parameters are what the key was made
    of, as text (`CAST(:id AS bigint)` where PostgreSQL would not guess)."""

    def __post_init__(self) -> None:
        checked_name(self.name, "warmer")
        checked_name(self.namespace, "namespace")
        checked(Lifetime(ttl_s=self.ttl_s))
        if self.shape not in ("row", "rows"):
            raise WarmerRefused(name=self.name, why=f'shape is "row" or "rows", not {self.shape!r}')
        checked_priority(self.name, self.priority)
        for template in (self.key, *self.tags):
            Template.parse(template)
        for query in (self.query, self.parameter_query, self.replay_query):
            if query is not None:
                check_reads_only(self.name, query)
        self._check_replay()

    def _check_replay(self) -> None:
        if self.replay_query is None:
            return
        named = {*Template.parse(self.key).names, *self.parameters}
        for bind in sorted(binds(self.replay_query) - named):
            raise WarmerRefused(name=self.name, why=f"its replay_query asks for {bind}, which its key does not hold")


Warmer = SqlWarmer | TaskWarmer


@dataclass(frozen=True, slots=True)
class WarmedBy:
    """What one warmer brought."""

    warmer: str
    keys: int
    bytes: int
    seconds: float
    note: str | None = None
    """Why it brought less than it could have."""
    sent: int = 0
    """Messages to the service that owns the data."""
    replayed: int = 0
    """Hot keys among `keys` and `sent` that were about to end, or lost with Redis."""
    database_s: float = 0.0
    spared_ms: float = 0.0
    """What the first caller of each key need not wait for."""


@dataclass(frozen=True, slots=True)
class WarmReport:
    """What one run brought and cost."""

    warmed: int
    bytes: int
    seconds: float
    warmers: tuple[WarmedBy, ...]
    stopped: str | None = None
    """Why the run ended before every warmer had run."""
    cold: str | None = None
    """Why the hot set was warmed first."""

    @property
    def sent(self) -> int:
        """Messages sent to owners."""
        return sum(one.sent for one in self.warmers)

    @property
    def replayed(self) -> int:
        """Hot keys that were computed anew."""
        return sum(one.replayed for one in self.warmers)

    @property
    def spared_ms(self) -> float:
        """What first callers need not wait for."""
        return sum(one.spared_ms for one in self.warmers)
