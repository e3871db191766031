"""Alerts: judge the rules by what was read, tell whom it concerns, and let the outside know that the watch goes on."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from celery import shared_task
from sqlalchemy import Connection, text

from celeriac.alerts import outbox, store
from celeriac.alerts.alert import Alert, Silence
from celeriac.alerts.channels import NotDelivered, http
from celeriac.alerts.decide import Event, decide
from celeriac.alerts.deliver import deliver
from celeriac.alerts.observe import observe
from celeriac.alerts.owe import owed
from celeriac.alerts.rule import Rule
from celeriac.alerts.rules import RuleWrong, rules
from celeriac.ledger import clock
from celeriac.sql import sign
from config.database import ledger, read_only
from config.refusals import TargetAway, TargetRefused
from config.settings import Settings, settings
from tasks import readings, results, unreachable
from tasks.base import OptimizerTask
from tasks.channels import listeners, senders

logger = logging.getLogger(__name__)

TTL_S: Final = 3600
SOFT_LIMIT_S: Final = 60
_PING: Final = text(sign("alive", "SELECT 1"))
_DEAD: Final = frozenset({"beat_stopped", "capture_stopped", "metrics_stopped"})
"""While one of these is not right, nobody outside is told that all goes on."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """One round: what is open now, what is silenced, and how much happened."""

    alerts: tuple[Alert, ...]
    silences: tuple[Silence, ...]
    at: datetime
    happened: Counter[Event]


@shared_task(
    name="celeriac.alerts.evaluate",
    base=OptimizerTask,
    bind=True,
    # A receiver that answers a byte at a time keeps within its own limit for ever; here it ends, and the others go on.
    soft_time_limit=SOFT_LIMIT_S,
    time_limit=2 * SOFT_LIMIT_S,
)
def evaluate(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Open, fire and resolve alerts, send what is owed and due, and publish those that are open."""
    away = not _answers(target)
    try:
        judged = _judge(target, away=away)
        delivered = _deliver(target)
    except (TargetAway, TargetRefused):
        return unreachable.evaluate(target)
    _publish(target, judged)
    if not any(alert.rule in _DEAD for alert in judged.alerts):
        _tell_outside()
    states = Counter(alert.state for alert in judged.alerts)
    happened = {"fired": judged.happened["fired"], "resolved": judged.happened["resolved"]}
    return {"firing": states["firing"], "pending": states["pending"], **happened, **delivered}


def check(settings: Settings) -> None:
    """Raise RuleWrong for a rule that cannot be judged, so that it stops the start and not the alert."""
    for rule in rules(settings.alerts.rules):
        for name in filter(None, (rule.metric, rule.per)):
            if name not in readings.NAMES:
                reason = f"there is no metric {name}; docs/metrics.md and docs/alerts.md list them"
                raise RuleWrong(rule=rule.name, reason=reason)


def _answers(target: str) -> bool:
    try:
        with read_only(target) as connection:
            connection.execute(_PING)
    except (TargetAway, TargetRefused):
        return False
    return True


def _judge(target: str, *, away: bool) -> _Judged:
    """Move the alerts and write what is owed, in one transaction."""
    policy = settings().alerts
    chosen = rules(policy.rules)
    with ledger(target) as state:
        unreachable.adopt(state, target)
        observed = observe(chosen, readings.gather(state, target, chosen, away=away))
        now = clock.instant(state)
        transitions = decide(chosen, observed, store.active(state, target), now, target)
        over = [alert for alert in store.apply(state, transitions) if alert.state == "resolved"]
        _supersede(state, over, chosen)
        still_open = store.active(state, target)
        told = outbox.past(state, [alert.id for alert in (*still_open, *over)])
        silences = store.silences(state, target)
        outbox.enqueue(state, owed((*still_open, *over), told, listeners(), silences, chosen, now, policy.repeat_after))
        store.forget(state, target, policy.keep)
    return _Judged(still_open, silences, now, Counter(one.event for one in transitions))


def _supersede(state: Connection, over: Sequence[Alert], chosen: Sequence[Rule]) -> None:
    """Nobody is told any more that something begins which is over; an event stays news."""
    events = {rule.name for rule in chosen if rule.once}
    outbox.supersede(state, [alert.id for alert in over if alert.rule not in events])


def _deliver(target: str) -> dict[str, int]:
    """Send what is due, and write each channel's outcome when it is known; no transaction is open while it is slow."""
    with ledger(target) as state:
        taken = outbox.take(state, target)
    counted: Counter[str] = Counter(delivered=0, undelivered=0)
    for _, ended in groupby(deliver(taken, senders()), key=lambda one: one.delivery.notice.channel):
        outcomes = list(ended)
        with ledger(target) as state:
            outbox.record(state, outcomes, settings().alerts)
        counted.update("undelivered" if one.error else "delivered" for one in outcomes)
    return dict(counted)


def _publish(target: str, judged: _Judged) -> None:
    shown = [
        {**asdict(alert), "silenced": any(silence.covers(alert, judged.at) for silence in judged.silences)}
        for alert in judged.alerts
    ]
    results.publish("alerts", target, {"alerts": shown}, ttl_s=TTL_S)


def _tell_outside() -> None:
    """Call the dead man's switch, where there is one."""
    url = settings().monitoring.heartbeat_url
    if url is None:
        return
    try:
        http.call("GET", url.get_secret_value(), timeout_s=5)
    except NotDelivered as error:
        logger.warning("the heartbeat was not delivered: %s", error)
