"""What the ledger says of changes: what was done in the spans, what is under way, and what waits for a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast, get_args

from sqlalchemy import Connection

from celeriac.cli.report.document import Changed
from celeriac.cli.report.words import for_target
from celeriac.ledger.states import UNJUDGED, State, events
from celeriac.sql import load

SHOWN: Final = 40
PROPOSED: Final[tuple[State, ...]] = ("proposed",)
UNDER_WAY: Final[tuple[State, ...]] = ("approved", "baselined", *UNJUDGED)
SETTLED: Final[tuple[State, ...]] = ("kept", "reverted", "dropped", "restored", "failed", "lost")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many changes reached which state in a span, and what they save."""

    reached: dict[str, int]
    saved_ms_per_hour: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands over all time."""

    saved_ms_per_hour: float
    waiting: int
    waiting_ms_per_hour: float


def read(
    ledger: Connection, target: str, states: tuple[State, ...], since: datetime
) -> tuple[tuple[Changed, ...], int]:
    """Return the changes in these states, settled ones since an instant, and how many there are beyond those shown."""
    asked = {"target": target, "states": [*states], "settled": [*SETTLED], "since": since, "limit": SHOWN}
    rows = ledger.execute(load(__file__, "changes"), asked).all()
    return tuple(_changed(row, target) for row in rows), (rows[0].found - len(rows) if rows else 0)


def count(ledger: Connection, target: str, since: datetime) -> tuple[Counts, Standing]:
    """Count what was reached since an instant, and how it stands."""
    rows = ledger.execute(load(__file__, "change_figures"), {"target": target, "since": since}).all()
    by_state = {row.state: row for row in rows}
    kept, proposed = by_state.get("kept"), by_state.get("proposed")
    counts = Counts(
        {row.state: row.reached for row in rows if row.reached},
        round(kept.saved_since_ms_per_hour, 1) if kept else 0.0,
    )
    return counts, Standing(
        round(kept.saved_ms_per_hour, 1) if kept else 0.0,
        proposed.changes if proposed else 0,
        round(proposed.promised_ms_per_hour, 1) if proposed else 0.0,
    )


def undo(change_id: int, kind: str, state: str, target: str) -> str | None:
    """Return the command that undoes a change; None where that cannot be done.

    >>> undo(7, "build", "kept", "main"), undo(7, "rebuild", "kept", "main"), undo(7, "drop", "dropped", "shop")
    ('celeriac revert 7', None, 'celeriac revert 7 --target shop')
    """
    may = events(cast("State", state), kind) if state in get_args(State) else ()
    if kind == "rebuild" or not {"revert", "restore"} & set(may):
        return None
    return for_target(f"celeriac revert {change_id}", target)


def _changed(row: Any, target: str) -> Changed:
    return Changed(
        id=row.id,
        kind=row.kind,
        state=row.state,
        since=row.state_since,
        table=row.table,
        ddl=row.ddl,
        reason=row.reason,
        verdict=row.verdict,
        promised_ms_per_hour=row.promised_ms_per_hour,
        measured_ms_per_hour=row.measured_ms_per_hour,
        size_bytes=row.size_bytes,
        size_bytes_before=row.size_bytes_before,
        deadline=row.deadline,
        held_by=row.last_error,
        undo=undo(row.id, row.kind, row.state, target),
    )
