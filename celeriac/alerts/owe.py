"""Whom to tell what: who was told already, silences, acknowledgements, escalation and repetition, pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from celeriac.alerts.alert import Alert, Notice, Silence
from celeriac.alerts.rule import SEVERITIES, Rule, Severity


@dataclass(frozen=True, slots=True)
class Listener:
    """A channel as far as it decides who is told."""

    name: str
    severity: Severity = "info"
    """Milder alerts are not told here."""
    after: timedelta = timedelta(0)
    """Escalation: told only of what has fired for so long and nobody acknowledged."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one channel was last told of one alert."""

    at: datetime
    heard: bool
    """It has arrived: who never heard that it began is not told that it is over."""


Past = Mapping[tuple[int, str], Told]
"""By the alert's id and the channel."""


def owed(
    alerts: Sequence[Alert],
    past: Past,
    listeners: Sequence[Listener],
    silences: Sequence[Silence],
    rules: Iterable[Rule],
    now: datetime,
    repeat_after: timedelta,
) -> tuple[Notice, ...]:
    """Return the notices that are due of firing and of just resolved alerts.

    A silence, or a cause that fires itself, holds back the beginning and never the end: who was told of an alert is
    told that it is over.
    """
    by_name = {rule.name: rule for rule in rules}
    firing = {alert.rule for alert in alerts if alert.state == "firing"}
    return tuple(
        notice
        for alert in alerts
        for notice in (
            _over(alert, past, listeners, by_name.get(alert.rule))
            if alert.state == "resolved"
            else _going_on(alert, past, listeners, now, repeat_after)
            if alert.state == "firing" and not _held_back(alert, by_name.get(alert.rule), firing, silences, now)
            else ()
        )
    )


def _held_back(alert: Alert, rule: Rule | None, firing: set[str], silences: Sequence[Silence], now: datetime) -> bool:
    return any(cause in firing for cause in (rule.unless if rule else ())) or any(
        silence.covers(alert, now) for silence in silences
    )


def _going_on(
    alert: Alert, past: Past, listeners: Sequence[Listener], now: datetime, repeat_after: timedelta
) -> Iterator[Notice]:
    assert alert.id is not None
    assert alert.fired_at is not None
    for listener in listeners:
        if SEVERITIES.index(alert.severity) < SEVERITIES.index(listener.severity):
            continue
        told = past.get((alert.id, listener.name))
        if told is None and now - alert.fired_at >= listener.after and not (listener.after and alert.acknowledged_at):
            yield Notice("escalated" if listener.after else "firing", listener.name, alert)
        elif told is not None and repeat_after and not alert.acknowledged_at and now - told.at >= repeat_after:
            yield Notice("repeated", listener.name, alert)


def _over(alert: Alert, past: Past, listeners: Sequence[Listener], rule: Rule | None) -> Iterator[Notice]:
    assert alert.id is not None
    if rule is not None and rule.once:
        return
    for listener in listeners:
        told = past.get((alert.id, listener.name))
        if told is not None and told.heard:
            yield Notice("resolved", listener.name, alert)
