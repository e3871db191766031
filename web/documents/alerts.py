"""The alerts that are pending or firing, what was resolved of late, and the silences in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from celeriac.alerts import store
from celeriac.alerts.alert import Alert as _Alert
from celeriac.alerts.alert import Silence
from celeriac.ledger import clock
from config.settings import settings
from web.documents.source import reading

RESOLVED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Alert:
    """One subject of one rule that is, or was, not as it should be."""

    id: int
    rule: str
    subject: str
    severity: str
    """info, warning or critical."""
    sentence: str
    value: float
    state: str
    """pending, firing or resolved."""
    since: datetime
    fired_at: datetime | None
    resolved_at: datetime | None
    acknowledged_by: str | None
    silenced: bool
    """Nobody is told of it now."""


@dataclass(frozen=True, slots=True)
class SilenceLine:
    """A person's word that nobody be told of some alerts for a while."""

    id: int
    rule: str
    """A pattern, as a shell's; `subject` likewise."""
    subject: str
    until: datetime
    actor: str
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AlertPage:
    """The alerts of a target."""

    items: tuple[Alert, ...]
    """Pending and firing, the worst first."""
    resolved: tuple[Alert, ...]
    """The latest first."""
    silences: tuple[SilenceLine, ...]


def page(target: str) -> AlertPage:
    """Return the alerts and silences of a target; raises TargetUnknown."""
    settings().target(target)
    with reading(target) as connection:
        now = clock.instant(connection)
        silences = store.silences(connection, target)
        active = store.active(connection, target)
        resolved = store.resolved(connection, target, limit=RESOLVED_SHOWN)
    return AlertPage(
        items=tuple(_alert(one, silences, now) for one in active),
        resolved=tuple(_alert(one, (), now) for one in resolved),
        silences=tuple(silence_line(one) for one in silences),
    )


def silence_line(silence: Silence) -> SilenceLine:
    """Return a silence as readers see it."""
    return SilenceLine(
        id=silence.id,
        rule=silence.rule,
        subject=silence.subject,
        until=silence.until,
        actor=silence.actor,
        reason=silence.reason,
        created_at=silence.created_at,
    )


def _alert(alert: _Alert, silences: Iterable[Silence], now: datetime) -> Alert:
    return Alert(
        id=alert.id or 0,
        rule=alert.rule,
        subject=alert.subject,
        severity=alert.severity,
        sentence=alert.sentence,
        value=alert.value,
        state=alert.state,
        since=alert.since,
        fired_at=alert.fired_at,
        resolved_at=alert.resolved_at,
        acknowledged_by=alert.acknowledged_by,
        silenced=any(one.covers(alert, now) for one in silences),
    )
