"""One reading statement under judgement, with what it is judged against."""

from collections.abc import Mapping
from dataclasses import dataclass

from celeriac.cache.advise import sizes
from celeriac.cache.advise.facts import Name, ServerFacts
from celeriac.cache.advise.policy import CacheAdvicePolicy
from celeriac.cache.advise.writes import Roots, Writes
from celeriac.statements.catalog.tables import Catalog, Column
from celeriac.statements.parsed import ParsedStatement
from celeriac.statements.statement import Counters, Statement


@dataclass(frozen=True, slots=True)
class Around:
    """What every statement is judged against."""

    catalog: Catalog
    server: ServerFacts
    policy: CacheAdvicePolicy
    hours: float
    roots: Roots
    writes: Writes
    unseen: Mapping[Name, float]
    """Rows an hour that none of the statements wrote."""


@dataclass(frozen=True, slots=True)
class Case:
    """One statement."""

    parsed: ParsedStatement
    statement: Statement
    around: Around

    @property
    def counters(self) -> Counters:
        """What was measured of it."""
        return self.statement.counters

    @property
    def calls_per_hour(self) -> float:
        """How often it is called."""
        return self.counters.calls / self.around.hours

    @property
    def returned(self) -> list[Column]:
        """The columns in its answer."""
        return sizes.returned(self.parsed, self.around.catalog)

    @property
    def entry_bytes(self) -> int:
        """What one answer takes in Redis."""
        return sizes.entry_bytes(self.counters.rows_per_call, sizes.row_bytes(self.returned))

    def saved_ms_per_hour(self, hit_ratio: float) -> float:
        """What the database is spared, less what all look-ups cost."""
        spent_ms = self.counters.calls * self.around.policy.lookup_ms
        return (hit_ratio * self.counters.total_ms - spent_ms) / self.around.hours
