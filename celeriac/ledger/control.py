"""The kill switch, and the mode that a target falls back to: one row in the ledger stops all action on all targets."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.dialects import postgresql

from celeriac.ledger import audit, clock
from celeriac.ledger.models.changes import AuditEvent
from celeriac.ledger.models.changes import Change as _Change
from celeriac.ledger.models.changes import Control as _Row

EVERY_TARGET = "*"
_TABLE = cast("Table", _Row.__table__)
_CAUTION = ("auto", "approve", "observe")
_WEEK = timedelta(days=7)
SETTING = "the setting CELERIAC_LOOP__PAUSED"
"""The actor of a pause that the configuration asks for."""
_SETTING_FORGOTTEN = timedelta(minutes=5)
"""A worker that has the setting says so each minute; so long after the last one the pause is nobody's any more."""


@dataclass(frozen=True, slots=True)
class Control:
    """What holds for one target now."""

    paused: bool = False
    mode: str | None = None
    """The fall-back mode, None where the configured one stands."""
    reason: str = ""
    actor: str = ""

    @property
    def why(self) -> str | None:
        """Why it is paused; None where nothing is."""
        return (self.reason or "without a reason") if self.paused else None

    @property
    def sentence(self) -> str | None:
        """Who paused and why, for people; None where nothing is paused."""
        return f"paused by {self.actor}: {self.why}" if self.paused else None

    def effective_mode(self, configured: str) -> str:
        """Return the more careful of the configured mode and the fall-back.

        >>> Control(mode="approve").effective_mode("auto")
        'approve'
        >>> Control(mode="approve").effective_mode("observe")
        'observe'
        """
        return max(configured, self.mode or "auto", key=_CAUTION.index)


def read(ledger: Connection, target: str) -> Control:
    """Return what holds for a target: its own row and that of every target, the more careful word of each."""
    rows = ledger.execute(
        select(_TABLE).where(_TABLE.c.target.in_((target, EVERY_TARGET))).order_by(_TABLE.c.paused, _TABLE.c.at)
    ).all()
    if not rows:
        return Control()
    decisive = rows[-1]
    modes = [row.mode for row in rows if row.mode is not None]
    return Control(
        paused=decisive.paused,
        mode=max(modes, key=_CAUTION.index) if modes else None,
        reason=decisive.reason,
        actor=decisive.actor,
    )


def pauses(ledger: Connection) -> tuple[tuple[str, Control], ...]:
    """Return every pause that holds, by target; `*` is every target."""
    rows = ledger.execute(select(_TABLE).where(_TABLE.c.paused).order_by(_TABLE.c.target))
    return tuple((row.target, Control(True, row.mode, row.reason, row.actor)) for row in rows)


def in_force(ledger: Connection, target: str, *, paused: bool) -> Control:
    """Return what holds for a target, the configuration's own pause included."""
    held = read(ledger, target)
    if held.paused or not paused:
        return held
    return replace(held, paused=True, actor=SETTING, reason=f"{SETTING} is on")


def pause(ledger: Connection, target: str = EVERY_TARGET, *, actor: str, reason: str) -> None:
    """Stop every action on a target, running builds and drops included."""
    _set(ledger, target, "paused", actor=actor, reason=reason, paused=True)


def resume(ledger: Connection, target: str = EVERY_TARGET, *, actor: str, reason: str) -> None:
    """Allow action again, in the configured mode."""
    _set(ledger, target, "resumed", actor=actor, reason=reason, paused=False, mode=None)


def follow_setting(ledger: Connection, target: str, *, paused: bool) -> None:
    """Make the configuration's pause known to every process and surface, and lift it once no worker asks for it.

    What a person paused is left alone.
    """
    row = ledger.execute(select(_TABLE).where(_TABLE.c.target == target)).one_or_none()
    if paused and (row is None or not row.paused):
        _set(ledger, target, "paused", actor=SETTING, reason=f"{SETTING} is on", paused=True)
    elif paused and row is not None and row.actor == SETTING:
        ledger.execute(_TABLE.update().where(_TABLE.c.target == target).values(at=clock.now()))
    elif row is not None and row.paused and row.actor == SETTING and _is_over(ledger, target):
        _set(ledger, target, "pause lifted", actor=SETTING, reason=f"{SETTING} is off", paused=False)


def fall_back(ledger: Connection, target: str, *, reverts_allowed: int) -> Control:
    """Take `auto` from a target that had this many reverts by evidence within a week; a person gives it back."""
    known = read(ledger, target)
    count = reverts_within_a_week(ledger, target)
    if known.mode is not None or count < reverts_allowed:
        return known
    reason = f"{count} changes were reverted within a week: a person approves until `celeriac resume {target}`"
    _set(ledger, target, "mode approve", actor="celeriac", reason=reason, mode="approve")
    return read(ledger, target)


def reverts_within_a_week(ledger: Connection, target: str) -> int:
    """Count the changes that measurement, not a person, reverted since a week ago or since auto was given back."""
    given_back = (
        select(func.max(AuditEvent.at))
        .where(AuditEvent.target.in_((target, EVERY_TARGET)), AuditEvent.to_state == "resumed")
        .scalar_subquery()
    )
    since = func.greatest(func.coalesce(given_back, "-infinity"), clock.ago(_WEEK))
    count = ledger.scalar(
        select(func.count(func.distinct(AuditEvent.change_id)))
        .join(_Change, _Change.id == AuditEvent.change_id)
        .where(
            AuditEvent.target == target,
            AuditEvent.to_state.in_(("reverting", "restoring")),
            AuditEvent.from_state.in_(("verifying", "drop_verifying")),
            AuditEvent.actor == "celeriac",
            AuditEvent.at >= since,
        )
    )
    return int(count or 0)


def _is_over(ledger: Connection, target: str) -> bool:
    forgotten = clock.ago(_SETTING_FORGOTTEN)
    return ledger.scalar(select(_TABLE.c.at < forgotten).where(_TABLE.c.target == target)) is True


def _set(ledger: Connection, target: str, event: str, *, actor: str, reason: str, **values: Any) -> None:
    values = {**values, "actor": actor, "reason": reason, "at": clock.now()}
    ledger.execute(
        postgresql.insert(_TABLE)
        .values(target=target, **values)
        .on_conflict_do_update(index_elements=[_TABLE.c.target], set_=values)
    )
    audit.record(ledger, target, to_state=event, actor=actor, reason=reason)
