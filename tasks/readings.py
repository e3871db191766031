"""What the alert rules are judged by: metrics, findings, regressions, changes, and whether the watch itself goes on."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from celeriac import sql
from celeriac.alerts import events
from celeriac.alerts.observe import Reading, Readings
from celeriac.alerts.rule import Rule
from celeriac.health import store as findings
from celeriac.metrics import history, live, rise
from celeriac.metrics.collect import METRICS, SECONDS, UP
from celeriac.metrics.samplers import SAMPLERS
from celeriac.refusals import is_connection_loss
from celeriac.statements.regressions import store as regressions
from config.settings import settings
from tasks import duties, results

logger = logging.getLogger(__name__)

Got = TypeVar("Got")

AWAY: Final = "celeriac_target_away"
FINDING: Final = "celeriac_finding"
REGRESSION: Final = "celeriac_regression"
OURS: Final = frozenset({AWAY, duties.MISSED, FINDING, REGRESSION, events.NAME})
"""Names that are judged and not exported; docs/alerts.md says what they hold."""
_AT_SCRAPE: Final = frozenset({live.BEAT.name, live.LEDGER_UP.name})
_LIVE: Final = frozenset(metric.name for metric in live.METRICS) - _AT_SCRAPE
NAMES: Final = (OURS | {metric.name for metric in METRICS}) - _AT_SCRAPE
"""What a rule can judge."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What one source said, and the names it answered for."""

    readings: tuple[Reading, ...] = ()
    answered: frozenset[str] = frozenset()


_NOTHING: Final = _Part()


def gather(state: Connection, target: str, rules: Iterable[Rule], *, away: bool) -> Readings:
    """Read everything that the rules ask of, and say which names answered; one source that fails stops no other."""
    parts = [_tried(state, read.__name__, partial(read, state, target)) or _NOTHING for read in _PARTS]
    asked = _asked(rules)
    rises = {over: _tried(state, "rises", partial(_risen, state, target, names, over)) for over, names in asked.items()}
    silent = {name for over, names in asked.items() if rises[over] is None for name in names}
    return Readings(
        values=(Reading(AWAY, {}, float(away)), *(one for part in parts for one in part.readings)),
        rises={over: risen for over, risen in rises.items() if risen is not None},
        answered=frozenset({AWAY}.union(*(part.answered for part in parts)) - silent),
    )


def _tried(state: Connection, what: str, read: Callable[[], Got]) -> Got | None:
    """Read within a savepoint and the samplers' time limit; a lost connection is raised, anything else logged."""
    try:
        with sql.bounded(state, settings().metrics.sampler_timeout_ms):
            return read()
    except DBAPIError as error:
        if is_connection_loss(error):
            raise
        logger.warning("alerts are judged without %s: %s", what.strip("_"), type(error.orig).__name__)
        return None


def _metrics(state: Connection, target: str) -> _Part:
    """The latest samples; a name answered where its sampler did in the latest round."""
    latest = history.latest(state, target, settings().metrics)
    up = {one.labels.get("sampler") for one in latest if one.name == UP.name and one.value}
    names = {metric.name for sampler in SAMPLERS if sampler.name in up for metric in sampler.metrics}
    own = {UP.name, SECONDS.name} if any(one.name == UP.name for one in latest) else set()
    return _Part(tuple(Reading(one.name, one.labels, one.value) for one in latest), frozenset(names | own))


def _ledger(state: Connection, target: str) -> _Part:
    """What the ledger tells now, and whether beat, capture and sampling go on."""
    now = live.read(state, target, settings().metrics.sampler_timeout_ms)
    told = tuple(Reading(one.name, one.labels, one.value) for one in now)
    return _Part((*told, *duties.missed(now)), _LIVE | {duties.MISSED})


def _findings(state: Connection, target: str) -> _Part:
    found = tuple(
        Reading(FINDING, {"check": one.check, "subject": one.subject, "severity": one.severity}, 1.0, one.sentence)
        for one in findings.open_findings(state, target)
    )
    return _Part(found, _if_fresh(FINDING, "health", target))


def _regressions(state: Connection, target: str) -> _Part:
    """A statement that is new has become no slower: it is shown, and no alert."""
    found = tuple(
        Reading(
            REGRESSION,
            {"fingerprint": one.fingerprint, "cause": one.cause},
            1.0 if one.ratio is None else one.ratio,
            one.sentence,
        )
        for one in regressions.open_regressions(state, target)
    )
    return _Part(found, _if_fresh(REGRESSION, "regressions", target))


def _changes(state: Connection, target: str) -> _Part:
    return _Part(events.ended(state, target, settings().alerts.events_last), frozenset({events.NAME}))


_PARTS: Final = (_metrics, _ledger, _findings, _regressions, _changes)


def _asked(rules: Iterable[Rule]) -> dict[timedelta, frozenset[str]]:
    """Return the counters that are judged by their rise, by the time within which."""
    asked: dict[timedelta, frozenset[str]] = {}
    for rule in rules:
        if rule.over is not None:
            asked[rule.over] = asked.get(rule.over, frozenset()) | {rule.metric, rule.per or rule.metric}
    return asked


def _risen(state: Connection, target: str, names: Iterable[str], over: timedelta) -> tuple[Reading, ...]:
    return tuple(Reading(one.name, one.labels, one.value) for one in rise.rises(state, target, names, over))


def _if_fresh(name: str, kind: str, target: str) -> frozenset[str]:
    """Say that a name answered where somebody has looked of late."""
    return frozenset({name}) if _fresh(results.latest(kind, target)) else frozenset()


def _fresh(document: dict[str, Any] | None) -> bool:
    if document is None:
        return False
    age = datetime.now(UTC) - datetime.fromisoformat(document["produced_at"])
    return age <= settings().alerts.findings_last
