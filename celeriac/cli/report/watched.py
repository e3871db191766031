"""What is not well, as regressions, health and alerts left it in the ledger."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from celeriac.alerts import store as alert_store
from celeriac.alerts.alert import Alert
from celeriac.cli.report import changed
from celeriac.cli.report.document import Fault, Firing, Slower
from celeriac.health.store import StoredFinding
from celeriac.ledger.models.changes import Change
from celeriac.statements.regressions.store import EVERY_STATEMENT, Regression

SHOWN: Final = 40
"""Of each; the commands that list them all are named."""


def slower(ledger: Connection, target: str, one: Regression, texts: Mapping[str, tuple[str, str]]) -> Slower:
    """Describe a regression, with the command that undoes the change that came just before it."""
    return Slower(
        id=one.id,
        fingerprint=one.fingerprint,
        query=None if one.fingerprint == EVERY_STATEMENT else texts.get(one.fingerprint, ("", "(text was pruned)"))[1],
        cause=one.cause,
        sentence=one.sentence,
        ratio=one.ratio,
        ms_per_hour=one.ms_per_hour,
        first_seen=one.first_seen,
        ended_at=one.resolved_at,
        ending=one.ending,
        change_id=one.change_id,
        undo=None if one.change_id is None else _undo(ledger, target, one.change_id),
    )


def _undo(ledger: Connection, target: str, change_id: int) -> str | None:
    columns = Change.__table__.c
    row = ledger.execute(
        select(columns.kind, columns.state).where(columns.id == change_id, columns.target == target)
    ).one_or_none()
    return None if row is None else changed.undo(change_id, row.kind, row.state, target)


def fault(one: StoredFinding) -> Fault:
    """Describe an open finding."""
    return Fault(one.check, one.subject, one.severity, one.sentence, one.cure, one.first_seen)


def firing(ledger: Connection, target: str, now: datetime) -> tuple[Firing, ...]:
    """Return the alerts that fire, and which of them nobody is told of."""
    silences = alert_store.silences(ledger, target)
    loud = [one for one in alert_store.active(ledger, target) if one.state == "firing"]
    return tuple(
        Firing(
            id=one.id or 0,
            rule=one.rule,
            subject=one.subject,
            severity=one.severity,
            sentence=one.sentence,
            since=one.fired_at or one.since,
            quiet=_quiet(one, any(silence.covers(one, now) for silence in silences)),
        )
        for one in loud[:SHOWN]
    )


def _quiet(one: Alert, silenced: bool) -> str | None:
    if one.acknowledged_by:
        return f"{one.acknowledged_by} is at it"
    return "silenced" if silenced else None
