"""Open, fire, hold, calm and resolve: what each observation makes of each alert, pure.

The states are those of Prometheus (pending until the threshold was exceeded for the rule's time, then firing), with a
bound of its own for what clears, and with the difference between "not there" and "not known".
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from celeriac.alerts.alert import Alert
from celeriac.alerts.observe import Observation, Observed
from celeriac.alerts.rule import Rule

Event = Literal["opened", "fired", "seen", "calming", "resolved", "forgotten"]
"""Forgotten: it was pending and never fired."""


@dataclass(frozen=True, slots=True)
class Transition:
    """What happened to an alert, and the alert as it is now."""

    event: Event
    alert: Alert


def decide(
    rules: Iterable[Rule], observed: Observed, current: Sequence[Alert], now: datetime, target: str = "main"
) -> tuple[Transition, ...]:
    """Return what happens to the open alerts `current` and to what was observed.

    An alert whose rule could not be judged stays as it is; one whose rule is gone is resolved.
    """
    by_name = {rule.name: rule for rule in rules}
    seen = {(one.rule, one.subject): one for one in observed.observations}
    known = {alert.key for alert in current}
    return (
        *(moved for alert in current for moved in _go_on(alert, by_name.get(alert.rule), seen, observed.judged, now)),
        *(
            moved
            for key, one in seen.items()
            if key not in known and (rule := by_name[one.rule]).breached(one.value)
            for moved in _open(rule, one, now, target)
        ),
    )


def _open(rule: Rule, one: Observation, now: datetime, target: str) -> Iterator[Transition]:
    alert = Alert(
        target, one.rule, one.subject, one.severity, one.sentence, one.value, "pending", since=now, last_seen=now
    )
    yield Transition("opened", alert) if rule.lasts else _fire(alert, now)


def _go_on(
    alert: Alert,
    rule: Rule | None,
    seen: dict[tuple[str, str], Observation],
    judged: frozenset[str],
    now: datetime,
) -> Iterator[Transition]:
    if rule is None:
        yield _end(alert, now)
    elif rule.name in judged:
        one = seen.get(alert.key)
        yield from _pending(alert, rule, one, now) if alert.state == "pending" else _firing(alert, rule, one, now)


def _pending(alert: Alert, rule: Rule, one: Observation | None, now: datetime) -> Iterator[Transition]:
    if one is None or not rule.breached(one.value):
        yield Transition("forgotten", alert)
        return
    alert = _renewed(alert, one, now)
    yield _fire(alert, now) if now - alert.since >= rule.lasts else Transition("seen", alert)


def _firing(alert: Alert, rule: Rule, one: Observation | None, now: datetime) -> Iterator[Transition]:
    if one is not None and rule.holds(one.value):
        yield Transition("seen", _renewed(alert, one, now))
    elif now - (alert.clear_since or now) >= rule.calm:
        yield _end(alert, now)
    elif alert.clear_since is None:
        yield Transition("calming", replace(alert, clear_since=now))


def _renewed(alert: Alert, one: Observation, now: datetime) -> Alert:
    return replace(
        alert, value=one.value, sentence=one.sentence, severity=one.severity, last_seen=now, clear_since=None
    )


def _fire(alert: Alert, now: datetime) -> Transition:
    return Transition("fired", replace(alert, state="firing", fired_at=now))


def _end(alert: Alert, now: datetime) -> Transition:
    if alert.state == "pending":
        return Transition("forgotten", alert)
    return Transition("resolved", replace(alert, state="resolved", resolved_at=now))
