"""The ledger for readers: pages of changes by cursor, and one change with every step, its promise and its proof."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection

from celeriac.ledger import audit
from celeriac.ledger import changes as ledger_changes
from celeriac.ledger.states import State, events
from celeriac.sql import load
from web.documents.source import reading


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change as a list shows it."""

    id: int
    kind: str
    """build, drop or rebuild."""
    state: str
    state_since: datetime
    created_at: datetime
    deadline: datetime | None
    """When its state ends by itself."""
    table: str
    index_name: str | None
    ddl: str
    origin: str
    reason: str
    """Why it was proposed."""
    verdict: str | None
    """What measuring said; None until it was measured."""
    actor: str
    last_error: str | None
    """What held it back or went wrong last."""
    promised_ms_per_hour: float | None
    promised_ratio: float | None
    measured_ms_per_hour: float | None
    sureness: str | None
    statements_helped: int
    size_bytes: int | None
    build_seconds: float | None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Changes, newest first, and the cursor of the next page."""

    items: tuple[ChangeLine, ...]
    next: int | None
    """Pass as `before`; None at the end."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a change: who did it, why, and on what evidence."""

    at: datetime
    from_state: str | None
    to_state: str
    actor: str
    reason: str
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeDocument:
    """Everything that is known of one change."""

    change: ChangeLine
    undo_ddl: str | None
    possible: tuple[str, ...]
    """What a person may do now: approve, reject, revert."""
    promised: dict[str, Any]
    evidence: dict[str, Any]
    comparisons: tuple[dict[str, Any], ...]
    """Each judged statement before and after (see `celeriac.indexes.comparison.Comparison`)."""
    definition: dict[str, Any]
    attempt: int
    not_before: datetime | None
    build_started_at: datetime | None
    built_at: datetime | None
    settled_at: datetime | None
    steps: tuple[Step, ...]


def page(
    target: str,
    *,
    state: str | Sequence[str] | None = None,
    table: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> ChangePage:
    """Return a page of a target's changes, newest first."""
    wanted = [state] if isinstance(state, str) else None if state is None else [*state]
    with reading(target) as connection:
        lines = _lines(connection, target, states=wanted, table=table, before=before, limit=limit + 1)
    shown = lines[:limit]
    return ChangePage(shown, shown[-1].id if len(lines) > limit else None)


def one(target: str, change_id: int) -> ChangeDocument:
    """Return one change with every step; raises ChangeUnknown."""
    with reading(target) as connection:
        change = ledger_changes.get(connection, change_id, target)
        (line,) = _lines(connection, target, before=change_id + 1, limit=1)
        steps = audit.history(connection, change_id)
    return ChangeDocument(
        change=line,
        undo_ddl=change.undo_ddl,
        possible=possible(change.kind, line.state),
        promised=change.promised,
        evidence=change.evidence,
        comparisons=tuple(change.evidence.get("statements", ())),
        definition=change.definition,
        attempt=change.attempt,
        not_before=change.not_before,
        build_started_at=change.build_started_at,
        built_at=change.built_at,
        settled_at=change.settled_at,
        steps=tuple(Step(e.at, e.from_state, e.to_state, e.actor, e.reason, e.evidence) for e in steps),
    )


def possible(kind: str, state: str) -> tuple[str, ...]:
    """Return what a person may do to a change of this kind in this state.

    >>> possible("build", "proposed"), possible("drop", "dropped"), possible("rebuild", "kept")
    (('approve', 'reject'), ('revert',), ())
    """
    may = events(cast("State", state), kind)
    undone = kind != "rebuild" and ("revert" in may or "restore" in may)
    return tuple(one for one in ("approve", "reject") if one in may) + (("revert",) if undone else ())


def of_statement(target: str, fingerprint: str, *, limit: int = 50) -> tuple[ChangeLine, ...]:
    """Return the changes that were promised to a statement, or judged by it."""
    with reading(target) as connection:
        return _lines(connection, target, fingerprint=fingerprint, limit=limit)


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """How many changes are in each state, and what the kept ones save by measurement."""

    by_state: dict[str, int]
    saved_ms_per_hour: float


def counted(target: str) -> ChangeCounts:
    """Count a target's changes."""
    with reading(target) as connection:
        rows = connection.execute(load(__file__, "changes_counted"), {"target": target}).all()
    saved = sum(row.saved_ms_per_hour for row in rows if row.state == "kept")
    return ChangeCounts({row.state: row.changes for row in rows}, round(saved, 1))


def _lines(
    connection: Connection,
    target: str,
    *,
    states: list[str] | None = None,
    table: str | None = None,
    before: int | None = None,
    fingerprint: str | None = None,
    limit: int,
) -> tuple[ChangeLine, ...]:
    rows = connection.execute(
        load(__file__, "changes_page"),
        {
            "target": target,
            "states": states,
            "table": table,
            "before": before,
            "fingerprint": fingerprint,
            "limit": limit,
        },
    )
    return tuple(_line(row) for row in rows)


def _line(row: Any) -> ChangeLine:
    return ChangeLine(
        id=row.id,
        kind=row.kind,
        state=row.state,
        state_since=row.state_since,
        created_at=row.created_at,
        deadline=row.deadline,
        table=f"{row.schema_name}.{row.table_name}",
        index_name=row.index_name,
        ddl=row.ddl,
        origin=row.origin,
        reason=row.reason,
        verdict=row.verdict,
        actor=row.actor,
        last_error=row.last_error,
        promised_ms_per_hour=row.promised_ms_per_hour,
        promised_ratio=row.promised_ratio,
        measured_ms_per_hour=row.measured_ms_per_hour,
        sureness=row.sureness,
        statements_helped=row.statements_helped,
        size_bytes=row.size_bytes or row.size_bytes_estimated,
        build_seconds=row.build_seconds,
    )
