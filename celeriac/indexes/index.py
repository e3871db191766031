"""The nouns of the loop: an index definition, a recommendation with its reasons, and the advice as a whole."""

from dataclasses import dataclass, field
from typing import Literal

Sureness = Literal["planner", "estimated"]
"""How a promise is known: costed by the planner with a hypothetical index, or estimated from statistics alone."""


@dataclass(frozen=True, slots=True, order=True)
class KeyPart:
    """One key column or expression of an index, as its DDL says it."""

    name: str
    """A bare column name, or the SQL of an expression where `is_expression`."""
    is_expression: bool = False
    descending: bool = False
    nulls_first: bool | None = None
    """None where the direction's default holds (last for ascending, first for descending)."""
    opclass: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class IndexDefinition:
    """What an index is, apart from its name; two of the same definition are the same index."""

    schema: str
    table: str
    key: tuple[KeyPart, ...]
    include: tuple[str, ...] = ()
    where: str | None = None
    method: str = "btree"

    @property
    def columns(self) -> tuple[str, ...]:
        """The key's columns and expressions in order."""
        return tuple(part.name for part in self.key)


@dataclass(frozen=True, slots=True)
class StatementGain:
    """What one statement gains from an index, or pays for it (negative)."""

    fingerprint: str
    text: str
    calls_per_hour: float
    cost_before: float
    cost_after: float
    saving_ms_per_hour: float


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One index worth building, with why."""

    definition: IndexDefinition
    ddl: str
    size_bytes: int
    saving_ratio: float
    """Share of the objective (measured time, or cost) that the index saves among the statements that use it, 0..1."""
    saving_ms_per_hour: float
    write_ms_per_hour: float
    """What inserts, updates and deletes of the table are expected to pay for it."""
    statements: tuple[StatementGain, ...]
    reason: str
    sureness: Sureness = "planner"
    replaces: tuple[str, ...] = ()
    """Names of existing indexes that this one makes redundant."""
    saving_factor: float = 1.0
    """What the promised saving was multiplied by, from what earlier changes were worth."""
    size_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Unplannable:
    """A statement that could not be costed, and why: reported, never silently dropped."""

    statement: str
    reason: str


@dataclass(frozen=True, slots=True)
class Advice:
    """The answer of one advisor run."""

    recommendations: tuple[Recommendation, ...]
    cost_before: float
    cost_after: float
    what_if_calls: int
    seconds: float
    statements: int
    unplannable: tuple[Unplannable, ...] = ()
    refused: tuple[tuple[str, str], ...] = field(default=())
    """Candidates left out with the reason (quarantined, table too small, …), as (definition, reason)."""
    planner_verified: bool = True
    planning_use: tuple[tuple[int, int], ...] = ()
    """Scans of existing indexes, as (oid, scans), that were counted while the advisor planned: EXPLAIN causes some."""
