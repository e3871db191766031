"""What is checked, in the order of a report: one module and its `.sql` each, and one line in `CHECKS`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from celeriac.health.checks import (
    autovacuum_off,
    blocked_sessions,
    connections,
    duplicate_indexes,
    idle_in_transaction,
    invalid_constraints,
    invalid_indexes,
    long_queries,
    sequences,
    unindexed_foreign_keys,
)
from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Check:
    """One query, the rows it returns, and the pure function that judges them."""

    name: str
    row: Callable[..., Any]
    judge: Callable[[Sequence[Any], HealthPolicy], Iterable[Finding]]
    well: str
    """What is said where nothing was found."""
    sees_others: bool = False
    """It needs to see other users' sessions: without pg_read_all_stats these look idle, which is not ok."""


CHECKS: tuple[Check, ...] = (
    Check("connections", connections.Row, connections.judge, "Connections are left."),
    Check("blocked_sessions", blocked_sessions.Row, blocked_sessions.judge, "Nobody waits for a lock.", True),
    Check(
        "idle_in_transaction",
        idle_in_transaction.Row,
        idle_in_transaction.judge,
        "No transaction is left open.",
        True,
    ),
    Check("long_queries", long_queries.Row, long_queries.judge, "No statement runs long.", True),
    Check("sequences", sequences.Row, sequences.judge, "No sequence comes near its end."),
    Check("autovacuum_off", autovacuum_off.Row, autovacuum_off.judge, "Autovacuum runs everywhere."),
    Check("invalid_indexes", invalid_indexes.Row, invalid_indexes.judge, "All indexes are valid.", True),
    Check("invalid_constraints", invalid_constraints.Row, invalid_constraints.judge, "All constraints are valid."),
    Check("duplicate_indexes", duplicate_indexes.Row, duplicate_indexes.judge, "No index covers another."),
    Check(
        "unindexed_foreign_keys",
        unindexed_foreign_keys.Row,
        unindexed_foreign_keys.judge,
        "Each foreign key has an index.",
    ),
)
