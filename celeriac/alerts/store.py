"""Alerts and silences in the ledger; what a person does with them leaves its trace in the audit trail."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any, Final, cast

from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from celeriac.alerts.alert import Alert, Silence
from celeriac.alerts.decide import Transition
from celeriac.errors import CeleriacError
from celeriac.ledger import audit, clock
from celeriac.ledger.models.alerts import Alert as _AlertRow
from celeriac.ledger.models.alerts import Silence as _SilenceRow

_ALERTS = cast("Table", _AlertRow.__table__)
_SILENCES = cast("Table", _SilenceRow.__table__)
_OPEN: Final = ("pending", "firing")
_WORST_FIRST: Final = {"critical": 0, "warning": 1, "info": 2}


class AlertUnknown(CeleriacError):
    """There is no open alert {id} on target {target!r}; `celeriac alerts list` shows them."""


class SilenceUnknown(CeleriacError):
    """There is no silence {id} in force on target {target!r}; `celeriac alerts list` shows them."""


class SilenceEndless(CeleriacError):
    """A silence must end: give a duration that is longer than nothing."""


def active(ledger: Connection, target: str) -> tuple[Alert, ...]:
    """Return the pending and firing alerts, the worst first, of equals the oldest."""
    rows = ledger.execute(select(_ALERTS).where(_ALERTS.c.target == target, _ALERTS.c.state.in_(_OPEN)))
    return tuple(
        sorted(map(_alert, rows), key=lambda one: (one.state != "firing", _WORST_FIRST[one.severity], one.since))
    )


def resolved(ledger: Connection, target: str, *, limit: int = 50) -> tuple[Alert, ...]:
    """Return what was resolved last, the latest first."""
    rows = ledger.execute(
        select(_ALERTS)
        .where(_ALERTS.c.target == target, _ALERTS.c.resolved_at.is_not(None))
        .order_by(_ALERTS.c.resolved_at.desc(), _ALERTS.c.id.desc())
        .limit(limit)
    )
    return tuple(map(_alert, rows))


def apply(ledger: Connection, transitions: Iterable[Transition]) -> tuple[Alert, ...]:
    """Write what was decided and return the alerts as they are now, without those that are forgotten."""
    return tuple(alert for one in transitions if (alert := _write(ledger, one)) is not None)


def forget(ledger: Connection, target: str, keep: timedelta) -> int:
    """Delete what was resolved longer ago than `keep`, with its deliveries, and silences that ended before then."""
    old = clock.ago(keep)
    ledger.execute(delete(_SILENCES).where(_SILENCES.c.target == target, _SILENCES.c.until < old))
    return ledger.execute(delete(_ALERTS).where(_ALERTS.c.target == target, _ALERTS.c.resolved_at < old)).rowcount


def acknowledge(ledger: Connection, target: str, alert_id: int, *, actor: str, reason: str = "") -> Alert:
    """Let nobody further be told of an alert until it is over: somebody is at it; raises AlertUnknown."""
    row = ledger.execute(
        update(_ALERTS)
        .where(_ALERTS.c.target == target, _ALERTS.c.id == alert_id, _ALERTS.c.state.in_(_OPEN))
        .values(acknowledged_at=clock.now(), acknowledged_by=actor)
        .returning(*_ALERTS.c)
    ).one_or_none()
    if row is None:
        raise AlertUnknown(id=alert_id, target=target)
    evidence = {"alert": alert_id, "rule": row.rule, "subject": row.subject}
    audit.record(ledger, target, to_state="alert acknowledged", actor=actor, reason=reason, evidence=evidence)
    return _alert(row)


def silence(
    ledger: Connection,
    target: str,
    *,
    lasts: timedelta,
    actor: str,
    reason: str,
    rule: str = "*",
    subject: str = "*",
) -> Silence:
    """Let nobody be told of the alerts that these patterns fit for a while; raises SilenceEndless."""
    if lasts <= timedelta(0):
        raise SilenceEndless
    row = ledger.execute(
        insert(_SILENCES)
        .values(
            target=target,
            rule=rule,
            subject=subject,
            until=clock.later(lasts),
            actor=actor,
            reason=reason,
        )
        .returning(*_SILENCES.c)
    ).one()
    evidence = {"silence": row.id, "rule": rule, "subject": subject, "until": row.until.isoformat()}
    audit.record(ledger, target, to_state="alerts silenced", actor=actor, reason=reason, evidence=evidence)
    return _silence(row)


def silences(ledger: Connection, target: str) -> tuple[Silence, ...]:
    """Return the silences in force, the one that ends first before the others."""
    columns = _SILENCES.c
    rows = ledger.execute(
        select(_SILENCES)
        .where(columns.target == target, columns.lifted_at.is_(None), columns.until > clock.now())
        .order_by(columns.until, columns.id)
    )
    return tuple(map(_silence, rows))


def lift(ledger: Connection, target: str, silence_id: int, *, actor: str, reason: str = "") -> Silence:
    """End a silence before its time; raises SilenceUnknown."""
    columns = _SILENCES.c
    row = ledger.execute(
        update(_SILENCES)
        .where(
            columns.target == target,
            columns.id == silence_id,
            columns.lifted_at.is_(None),
            columns.until > clock.now(),
        )
        .values(lifted_at=clock.now(), lifted_by=actor)
        .returning(*columns)
    ).one_or_none()
    if row is None:
        raise SilenceUnknown(id=silence_id, target=target)
    evidence = {"silence": silence_id, "rule": row.rule, "subject": row.subject}
    audit.record(ledger, target, to_state="silence lifted", actor=actor, reason=reason, evidence=evidence)
    return _silence(row)


def _write(ledger: Connection, transition: Transition) -> Alert | None:
    alert = transition.alert
    if transition.event == "forgotten":
        ledger.execute(delete(_ALERTS).where(_ALERTS.c.id == alert.id))
        return None
    # What a person acknowledged, and when somebody was told, is not the decision's to write.
    kept = {"id", "acknowledged_at", "acknowledged_by", "notified_at"}
    values = {name: value for name, value in asdict(alert).items() if name not in kept}
    if alert.id is None:
        return replace(alert, id=ledger.execute(insert(_ALERTS).values(values).returning(_ALERTS.c.id)).scalar_one())
    ledger.execute(update(_ALERTS).where(_ALERTS.c.id == alert.id).values(values))
    return alert


def _alert(row: Row[Any]) -> Alert:
    return Alert(**row._asdict())


def _silence(row: Row[Any]) -> Silence:
    named = row._asdict()
    return Silence(**{name: named[name] for name in Silence.__slots__})
