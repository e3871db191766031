"""Changes and their moves by compare-and-set: of two workers that see the same state, one moves it.

Every move is one UPDATE that names the state it leaves, with its audit event in the same transaction; all instants are
the ledger database's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Table, select, update
from sqlalchemy.dialects import postgresql

from celeriac.errors import CeleriacError
from celeriac.ledger import audit, clock, moves, quarantine, states
from celeriac.ledger.models.changes import Change as _Row
from celeriac.ledger.states import Event, State

_TABLE = cast("Table", _Row.__table__)


@dataclass(frozen=True, slots=True)
class Change:
    """One change as the ledger knows it; see `celeriac.ledger.models.changes` for what each field means."""

    id: int
    target: str
    kind: str
    state: State
    state_since: datetime
    created_at: datetime
    deadline: datetime | None
    attempt: int
    not_before: datetime | None
    schema_name: str
    table_name: str
    table_oid: int | None
    index_name: str | None
    identity: str
    definition: dict[str, Any]
    ddl: str
    undo_ddl: str | None
    definition_hash: str | None
    origin: str
    reason: str
    promised: dict[str, Any]
    size_bytes_estimated: int | None
    size_bytes: int | None
    baseline_window_id: int | None
    build_started_at: datetime | None
    built_at: datetime | None
    build_seconds: float | None
    settled_at: datetime | None
    evidence: dict[str, Any]
    last_error: str | None
    actor: str

    @property
    def table(self) -> str:
        """The table's qualified name, for people."""
        return f"{self.schema_name}.{self.table_name}"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is asked of the ledger: a change that does not exist yet."""

    target: str
    kind: str
    schema_name: str
    table_name: str
    identity: str
    definition: Mapping[str, Any]
    ddl: str
    origin: str
    reason: str
    promised: Mapping[str, Any]
    table_oid: int | None = None
    size_bytes_estimated: int | None = None
    index_name: str | None = None
    """Of an index that is there."""


@dataclass(frozen=True, slots=True)
class NotProposed:
    """The ledger would not take a proposal, and why, in one sentence."""

    reason: str


class ChangeUnknown(CeleriacError):
    """There is no change {id} in the ledger of target {target!r}; `celeriac ledger` lists them."""


class NothingToUndo(CeleriacError):
    """Change {id} only rebuilt an index as it was: there is nothing to undo."""


class ChangeMoved(CeleriacError):
    """Change {id} is no longer {expected} but {found}: somebody else was faster, and nothing was done."""


def propose(ledger: Connection, proposal: Proposal, *, actor: str, lasts: timedelta) -> Change | NotProposed:
    """Write a proposal, or return the open change of the same identity with its promise and deadline renewed."""
    held = quarantine.holding(ledger, proposal.target, proposal.identity, proposal.promised)
    if held is not None:
        return NotProposed(held.sentence)
    change = _written(ledger, proposal, state="proposed", deadline=clock.later(lasts), actor=actor)
    if change is None:
        return _renewed(ledger, proposal, lasts)
    audit.record(
        ledger, change.target, change_id=change.id, to_state="proposed", actor=actor, reason=proposal.reason,
        evidence=change.promised,
    )  # fmt: skip
    return change


def adopt(ledger: Connection, proposal: Proposal, *, index_name: str, actor: str, **values: Any) -> Change | None:
    """Write an index that is already there into the ledger as kept; None where its identity is open already."""
    change = _written(ledger, proposal, state="kept", index_name=index_name, actor=actor, **values)
    if change is not None:
        audit.record(ledger, change.target, change_id=change.id, to_state="kept", actor=actor, reason=proposal.reason)
    return change


def transition(
    ledger: Connection,
    change: Change,
    event: Event,
    *,
    actor: str,
    reason: str,
    evidence: Mapping[str, Any] | None = None,
    lasts: timedelta | None = None,
    **values: Any,
) -> Change:
    """Move `change` as it was read by `event`; raises ChangeMoved where it has moved since, ForbiddenTransition.

    `lasts` is how long the new state may last; `values` are columns to set, such as `built_at=clock.now()`.
    """
    if change.kind == "rebuild" and event == "revert":
        raise NothingToUndo(id=change.id)  # the index is what it was: undoing would drop it
    state = states.after(change.state, event, change.kind)
    if event == "approve":
        values["actor"] = actor  # who answers for the change from here on
    row = moves.move(ledger, _TABLE, change, state, lasts=lasts, **values)
    if row is None:
        raise ChangeMoved(id=change.id, expected=change.state, found=get(ledger, change.id, change.target).state)
    audit.record(
        ledger, change.target, change_id=change.id, from_state=change.state, to_state=state, actor=actor,
        reason=reason, evidence=evidence,
    )  # fmt: skip
    return _change(row)


def try_transition(
    ledger: Connection, change: Change, event: Event, *, actor: str, reason: str, **given: Any
) -> Change | None:
    """Move a change as `transition` does; None where somebody else was faster, which in a sweep is no error."""
    try:
        return transition(ledger, change, event, actor=actor, reason=reason, **given)
    except ChangeMoved:
        return None


def note(ledger: Connection, change: Change, **values: Any) -> None:
    """Set columns that are no move, such as `not_before`, `last_error` or `evidence` so far."""
    ledger.execute(update(_TABLE).where(_TABLE.c.id == change.id).values(**values))


def keep_out(ledger: Connection, change: Change, *, reason: str, back_off: Sequence[timedelta]) -> None:
    """Keep the definition of a change out for the next step of `back_off`, the last step for ever after."""
    quarantine.put(
        ledger,
        target=change.target,
        identity=change.identity,
        change_id=change.id,
        reason=reason,
        promised=change.promised,
        back_off=back_off,
    )


def get(ledger: Connection, change_id: int, target: str) -> Change:
    """Return one change; raises ChangeUnknown."""
    found = _select(ledger, _TABLE.c.id == change_id, _TABLE.c.target == target)
    if not found:
        raise ChangeUnknown(id=change_id, target=target)
    return found[0]


def in_states(ledger: Connection, target: str, *wanted: State) -> tuple[Change, ...]:
    """Return the changes of a target in any of these states, oldest first."""
    return _select(ledger, _TABLE.c.target == target, _TABLE.c.state.in_(wanted))


def all_of(ledger: Connection, target: str) -> tuple[Change, ...]:
    """Return every change of a target, oldest first."""
    return _select(ledger, _TABLE.c.target == target)


def with_index(ledger: Connection, target: str) -> tuple[Change, ...]:
    """Return the changes of a target that have named an index, whatever became of it, oldest first."""
    return _select(ledger, _TABLE.c.target == target, _TABLE.c.index_name.is_not(None))


def of_table(ledger: Connection, target: str, schema: str, table: str) -> tuple[Change, ...]:
    """Return every change of one table, oldest first."""
    columns = _TABLE.c
    return _select(ledger, columns.target == target, columns.schema_name == schema, columns.table_name == table)


def overdue(ledger: Connection, target: str, state: State) -> tuple[Change, ...]:
    """Return the changes of a target whose time in `state` is over by the database's clock."""
    return _select(ledger, _TABLE.c.target == target, _TABLE.c.state == state, _TABLE.c.deadline <= clock.now())


def ready(ledger: Connection, target: str) -> tuple[Change, ...]:
    """Return the changes of a target that wait to be built and whose back-off is over, most promising first.

    One that is baselined was left by a worker that died between two commits; a living one holds the lock.
    """
    waiting = _TABLE.c.not_before.is_(None) | (_TABLE.c.not_before <= clock.now())
    found = _select(ledger, _TABLE.c.target == target, _TABLE.c.state.in_(("approved", "baselined")), waiting)
    return tuple(sorted(found, key=lambda change: -float(change.promised.get("saving_ms_per_hour", 0.0))))


def _written(ledger: Connection, proposal: Proposal, **values: Any) -> Change | None:
    """Insert a proposal; None where its identity is open already."""
    asked = {field.name: getattr(proposal, field.name) for field in fields(proposal)}
    asked |= {"definition": dict(proposal.definition), "promised": dict(proposal.promised)}
    new = postgresql.insert(_TABLE).values(**asked | values)
    row = ledger.execute(new.on_conflict_do_nothing().returning(_TABLE)).one_or_none()
    return None if row is None else _change(row)


def _renewed(ledger: Connection, proposal: Proposal, lasts: timedelta) -> Change | NotProposed:
    columns = _TABLE.c
    ledger.execute(
        update(_TABLE)
        .where(columns.target == proposal.target, columns.identity == proposal.identity, columns.state == "proposed")
        .values(
            promised=dict(proposal.promised),
            reason=proposal.reason,
            size_bytes_estimated=proposal.size_bytes_estimated,
            deadline=clock.later(lasts),
        )
    )
    found = _select(
        ledger,
        columns.target == proposal.target,
        columns.identity == proposal.identity,
        columns.state.not_in(states.FINAL),
    )
    return found[0] if found else NotProposed("the same change was closed at this moment; it will come up again")


def _select(ledger: Connection, *conditions: ColumnElement[bool]) -> tuple[Change, ...]:
    rows = ledger.execute(select(_TABLE).where(*conditions).order_by(_TABLE.c.id))
    return tuple(_change(row) for row in rows)


def _change(row: Any) -> Change:
    return Change(**row._asdict())
