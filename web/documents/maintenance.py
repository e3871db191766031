"""Maintenance for readers: what tables need and what was done for them, by pages, and one run with every step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from celeriac.maintenance import runs
from celeriac.maintenance.runs import Run
from celeriac.maintenance.states import State, events
from celeriac.sql import load
from web.documents.changes import Step
from web.documents.source import latest, reading


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run on one table as a list shows it."""

    id: int
    kind: str
    """analyze, vacuum or settings."""
    table: str
    state: str
    state_since: datetime
    created_at: datetime
    deadline: datetime | None
    """When a proposal or an approval ends by itself."""
    reason: str
    """Why the table needs it."""
    urgency: float
    """Times of its bound."""
    ddl: str
    outcome: str | None
    """What came of it, or why it waits."""
    attempt: int
    not_before: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    actor: str
    """Who answers for it."""


@dataclass(frozen=True, slots=True)
class RunPage:
    """Runs, newest first, and the cursor of the next page."""

    items: tuple[RunLine, ...]
    next: int | None
    """Pass as `before`; None at the end."""


@dataclass(frozen=True, slots=True)
class RunDocument:
    """Everything that is known of one run."""

    run: RunLine
    undo_ddl: str | None
    possible: tuple[str, ...]
    """What a person may do now: approve, reject, revert."""
    options: dict[str, str]
    """Of settings: what they become."""
    before: dict[str, Any]
    """The table's figures when it was proposed, and then again when it began."""
    after: dict[str, Any]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A table that needs something which our role may not do."""

    table: str
    kind: str
    reason: str


def page(
    target: str,
    *,
    state: Sequence[str] | None = None,
    kind: str | None = None,
    table: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> RunPage:
    """Return a page of a target's runs, newest first; raises TargetUnknown."""
    asked = {
        "target": target,
        "states": None if state is None else [*state],
        "kind": kind,
        "table": table,
        "before": before,
        "limit": limit + 1,
    }
    with reading(target) as connection:
        lines = tuple(_line(row) for row in connection.execute(load(__file__, "maintenance_page"), asked))
    shown = lines[:limit]
    return RunPage(shown, shown[-1].id if len(lines) > limit else None)


def one(target: str, run_id: int) -> RunDocument:
    """Return one run with every step; raises RunUnknown."""
    with reading(target) as connection:
        run = runs.get(connection, run_id, target)
        steps = runs.history(connection, run)
    return RunDocument(
        run=_line(run),
        undo_ddl=run.undo_ddl,
        possible=possible(run.kind, run.state),
        options=run.options,
        before=run.before,
        after=run.after,
        steps=tuple(
            Step(e.at, _plain(e.from_state), _plain(e.to_state) or "", e.actor, e.reason, e.evidence) for e in steps
        ),
    )


def possible(kind: str, state: State) -> tuple[str, ...]:
    """Return what a person may do to a run of this kind in this state.

    >>> possible("vacuum", "proposed"), possible("settings", "done"), possible("vacuum", "done")
    (('approve', 'reject'), ('revert',), ())
    """
    may = events(state)
    undone = kind == "settings" and "undo" in may
    return tuple(one for one in ("approve", "reject") if one in may) + (("revert",) if undone else ())


def counted(target: str) -> dict[str, int]:
    """Count a target's runs by state."""
    with reading(target) as connection:
        rows = connection.execute(load(__file__, "maintenance_counted"), {"target": target}).all()
    return {row.state: row.runs for row in rows}


def forbidden(target: str) -> tuple[Forbidden, ...]:
    """Return what the last look found that our role may not do; raises ResultsAway."""
    return tuple(
        Forbidden(one["table"], one["kind"], one["reason"]) for one in latest("maintenance", target).get("skipped", ())
    )


def _plain(state: str | None) -> str | None:
    """Return a state without the word by which the audit tells it from a change's."""
    return None if state is None else state.removeprefix("maintenance ")


def _line(row: Run | Row[Any]) -> RunLine:
    return RunLine(
        id=row.id,
        kind=row.kind,
        table=f"{row.schema_name}.{row.table_name}",
        state=row.state,
        state_since=row.state_since,
        created_at=row.created_at,
        deadline=row.deadline,
        reason=row.reason,
        urgency=round(row.urgency, 2),
        ddl=row.ddl,
        outcome=row.outcome,
        attempt=row.attempt,
        not_before=row.not_before,
        started_at=row.started_at,
        ended_at=row.ended_at,
        actor=row.actor,
    )
