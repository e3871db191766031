"""From a valid index to the moment it can be judged: statistics for expressions, then time for the build's warmth to
pass.

A build reads the whole table and leaves it in memory, so what follows at once looks better than it is; and an index on
an expression is undervalued until ANALYZE has seen the expression.
"""

from datetime import timedelta

from sqlalchemy import Connection

from celeriac.indexes import ddl, definitions
from celeriac.indexes.catalog_state import IndexState
from celeriac.indexes.policy import VerifyPolicy
from celeriac.ledger import changes, clock
from celeriac.ledger.changes import Change
from celeriac.sql import execute, sign


def analyze_expressions(session: Connection, change: Change) -> bool:
    """Gather statistics where the index is on an expression; tell whether it was needed."""
    definition = definitions.of(change)
    if not any(part.is_expression for part in definition.key):
        return False
    execute(session, sign("analyze", f"ANALYZE {ddl.qualified(definition.schema, definition.table)}"))
    return True


def begin(ledger: Connection, change: Change, index: IndexState, policy: VerifyPolicy, *, actor: str) -> Change:
    """Move a change whose index the catalog shows valid from building to settling."""
    seconds = clock.seconds_since(ledger, change.build_started_at)
    return changes.transition(
        ledger,
        change,
        "built",
        actor=actor,
        reason=f"{index.name} is valid after {seconds:.0f} s and takes {index.size_bytes} bytes",
        lasts=max(policy.min_settling, timedelta(seconds=2 * seconds)),
        size_bytes=index.size_bytes,
        built_at=clock.now(),
        build_seconds=seconds,
        not_before=None,
        last_error=None,
    )


def advance(ledger: Connection, target: str, policy: VerifyPolicy) -> tuple[Change, ...]:
    """Begin to verify every change whose settling time is over."""
    moved = (
        changes.try_transition(
            ledger,
            change,
            "settle",
            actor="celeriac",
            reason="the warmth of the build has had its time to pass",
            lasts=policy.max_duration,
            settled_at=clock.now(),
        )
        for change in changes.overdue(ledger, target, "settling")
    )
    return tuple(change for change in moved if change is not None)
