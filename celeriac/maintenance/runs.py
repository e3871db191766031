"""Runs and their moves by compare-and-set, each with its audit event in the same transaction.

All instants are the ledger database's own. An audit event of a run names no change: the run stands in its evidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Row, Table, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from celeriac.errors import CeleriacError
from celeriac.ledger import audit, clock, moves
from celeriac.ledger.models.changes import AuditEvent
from celeriac.ledger.models.maintenance import MaintenanceRun as _Row
from celeriac.maintenance import states
from celeriac.maintenance.need import Need
from celeriac.maintenance.policy import Kind, MaintenancePolicy
from celeriac.maintenance.states import Event, State

_TABLE = cast("Table", _Row.__table__)
_RUN = "maintenance_run"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Run:
    """One run as the ledger has it; see `celeriac.ledger.models.maintenance` for what each field means."""

    id: int
    target: str
    kind: Kind
    schema_name: str
    table_name: str
    table_oid: int
    state: State
    state_since: datetime
    created_at: datetime
    deadline: datetime | None
    not_before: datetime | None
    attempt: int
    reason: str
    urgency: float
    ddl: str
    undo_ddl: str | None
    options: dict[str, str]
    before: dict[str, Any]
    after: dict[str, Any]
    outcome: str | None
    backend_pid: int | None
    started_at: datetime | None
    ended_at: datetime | None
    actor: str

    @property
    def table(self) -> str:
        """The table's qualified name, for people."""
        return f"{self.schema_name}.{self.table_name}"


class RunUnknown(CeleriacError):
    """There is no maintenance run {id} of target {target!r}; `celeriac maintenance list` lists them."""


class RunMoved(CeleriacError):
    """Maintenance run {id} is no longer {expected} but {found}: somebody else was faster, and nothing was done."""


def propose(ledger: Connection, target: str, need: Need, *, actor: str, policy: MaintenancePolicy) -> Run | None:
    """Write a proposal, or renew the one that waits; None where the table had the like not long ago."""
    if _stays_out(ledger, target, need, policy):
        return None
    table = need.table
    written: dict[str, Any] = {
        "reason": need.reason,
        "urgency": need.urgency,
        "ddl": need.ddl,
        "undo_ddl": need.undo_ddl,
        "options": need.options,
        "before": table.evidence(),
        "table_oid": table.oid,
        "deadline": clock.later(policy.expires),
    }
    named = {"target": target, "kind": need.kind, "schema_name": table.schema_name, "table_name": table.table_name}
    new = ledger.execute(
        insert(_TABLE)
        .values(**named, **written, state="proposed", actor=actor)
        .on_conflict_do_nothing()
        .returning(_TABLE)
    ).one_or_none()
    if new is None:
        return _renewed(ledger, named, written)
    run = _run(new)
    _record(ledger, run, None, actor, need.reason, run.before)
    return run


def transition(
    ledger: Connection,
    run: Run,
    event: Event,
    *,
    actor: str,
    reason: str,
    evidence: Mapping[str, Any] | None = None,
    lasts: timedelta | None = None,
    **values: Any,
) -> Run:
    """Move a run as it was read by `event`; raises RunMoved where it has moved since, MoveForbidden."""
    state = states.after(run.state, event)
    if event == "approve":
        values["actor"] = actor  # who answers for it from here on
    row = moves.move(ledger, _TABLE, run, state, lasts=lasts, **values)
    if row is None:
        raise RunMoved(id=run.id, expected=run.state, found=get(ledger, run.id, run.target).state)
    moved = _run(row)
    _record(ledger, moved, run.state, actor, reason, evidence or {})
    return moved


def note(ledger: Connection, run: Run, outcome: str) -> None:
    """Say why a run waits; that is no move."""
    ledger.execute(update(_TABLE).where(_TABLE.c.id == run.id).values(outcome=outcome))


def get(ledger: Connection, run_id: int, target: str) -> Run:
    """Return one run; raises RunUnknown."""
    found = _select(ledger, _TABLE.c.id == run_id, _TABLE.c.target == target)
    if not found:
        raise RunUnknown(id=run_id, target=target)
    return found[0]


def in_states(ledger: Connection, target: str, *wanted: State) -> tuple[Run, ...]:
    """Return the runs of a target in any of these states, oldest first."""
    return _select(ledger, _TABLE.c.target == target, _TABLE.c.state.in_(wanted))


def ready(ledger: Connection, target: str) -> tuple[Run, ...]:
    """Return the approved runs of a target whose wait is over: those that cost least first, of a kind the worst."""
    columns = _TABLE.c
    waited = or_(columns.not_before.is_(None), columns.not_before <= clock.now())
    found = _select(ledger, columns.target == target, columns.state == "approved", waited)
    return tuple(sorted(found, key=lambda run: (run.kind, -run.urgency)))


def overdue(ledger: Connection, target: str) -> tuple[Run, ...]:
    """Return the proposals and approvals of a target that have waited too long."""
    columns = _TABLE.c
    waiting = columns.state.in_(("proposed", "approved"))
    return _select(ledger, columns.target == target, waiting, columns.deadline <= clock.now())


def latest(ledger: Connection, target: str, limit: int = 50) -> tuple[Run, ...]:
    """Return the runs that moved last, the newest first."""
    rows = ledger.execute(
        select(_TABLE).where(_TABLE.c.target == target).order_by(_TABLE.c.state_since.desc(), _TABLE.c.id).limit(limit)
    )
    return tuple(_run(row) for row in rows)


def begun_within_a_day(ledger: Connection, target: str, other_than: int) -> int:
    """Count the runs of a target that were begun within a day, one apart."""
    columns = _TABLE.c
    counted = select(func.count()).where(
        columns.target == target, columns.id != other_than, columns.started_at > clock.ago(_DAY)
    )
    return int(ledger.scalar(counted) or 0)


def history(ledger: Connection, run: Run) -> tuple[audit.Event, ...]:
    """Return the audited steps of one run in the order in which they happened."""
    columns = AuditEvent.__table__.c
    rows = ledger.execute(
        select(AuditEvent.__table__)
        .where(columns.target == run.target, columns.evidence.contains({_RUN: run.id}))
        .order_by(columns.id)
    )
    return tuple(audit.Event(**row._asdict()) for row in rows)


def _stays_out(ledger: Connection, target: str, need: Need, policy: MaintenancePolicy) -> bool:
    columns = _TABLE.c
    ended, said_no = columns.state.in_(("done", "failed")), columns.state.in_(("rejected", "reverted"))
    found = ledger.scalar(
        select(func.count()).where(
            columns.target == target,
            columns.kind == need.kind,
            columns.schema_name == need.table.schema_name,
            columns.table_name == need.table.table_name,
            or_(
                ended & (columns.state_since > clock.ago(policy.min_interval)),
                said_no & (columns.state_since > clock.ago(policy.rejected_stays_out)),
            ),
        )
    )
    return bool(found)


def _renewed(ledger: Connection, named: Mapping[str, Any], written: Mapping[str, Any]) -> Run | None:
    conditions = [_TABLE.c[name] == value for name, value in named.items()]
    ledger.execute(update(_TABLE).where(*conditions, _TABLE.c.state == "proposed").values(**written))
    found = _select(ledger, *conditions, _TABLE.c.state.in_(states.OPEN))
    return found[0] if found else None


def _record(
    ledger: Connection, run: Run, from_state: str | None, actor: str, reason: str, evidence: Mapping[str, Any]
) -> None:
    audit.record(
        ledger,
        run.target,
        from_state=None if from_state is None else f"maintenance {from_state}",
        to_state=f"maintenance {run.state}",
        actor=actor,
        reason=reason,
        evidence={_RUN: run.id, "kind": run.kind, "table": run.table, **evidence},
    )


def _select(ledger: Connection, *conditions: ColumnElement[bool]) -> tuple[Run, ...]:
    return tuple(_run(row) for row in ledger.execute(select(_TABLE).where(*conditions).order_by(_TABLE.c.id)))


def _run(row: Row[Any]) -> Run:
    return Run(**row._asdict())
