"""Celery's queues on Redis by priority: how many wait, how long the oldest has, and what no queue took."""

import json
import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from redis.exceptions import RedisError

from celeriac.errors import CeleriacError
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Sample
from celeriac.metrics.samplers import queues as sampler
from celeriac.metrics.sources import Broker, Sources
from config.messaging import QUEUES, UNDELIVERABLE
from config.redis import broker_client

SHOWN: Final = 100
"""Undeliverable messages of a page."""


class BrokerSilent(CeleriacError):
    """The broker does not answer; tasks are neither taken nor run until it does."""


@dataclass(frozen=True, slots=True)
class QueueLine:
    """What waits in one queue at one priority (0 is the highest)."""

    queue: str
    priority: int
    messages: int
    oldest_s: float | None
    """None where its sender did not say when."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message that no queue took, or that was set aside."""

    id: str
    task: str
    target: str | None
    sent_at: float | None


@dataclass(frozen=True, slots=True)
class QueueDocument:
    """All queues, the busy steps only, with what workers hold and what is set aside."""

    lines: tuple[QueueLine, ...]
    waiting: int
    held: int
    held_oldest_s: float
    quarantined: tuple[Quarantined, ...]


def queues() -> QueueDocument:
    """Read every queue; raises BrokerSilent."""
    client = broker_client()
    sources = Sources(broker=Broker(client=client, queues=QUEUES))
    try:
        samples = tuple(sampler.sample(sources, MetricsPolicy()))
        aside = client.lrange(UNDELIVERABLE, 0, SHOWN - 1)
    except RedisError:
        raise BrokerSilent from None
    lines = _lines(samples)
    return QueueDocument(
        lines=lines,
        waiting=sum(line.messages for line in lines),
        held=int(_value(samples, sampler.UNACKNOWLEDGED.name)),
        held_oldest_s=round(_value(samples, sampler.HELD.name), 1),
        quarantined=tuple(quarantined(json.loads(message)) for message in aside),
    )


def quarantined(message: Mapping[str, Any]) -> Quarantined:
    """Say what a message is; its arguments may be large and are left where they are."""
    headers = message.get("headers") or {}
    sent_at = headers.get(sampler.SENT_AT)
    kwargs = str(headers.get("kwargsrepr", ""))
    target = kwargs.partition("'target': '")[2].partition("'")[0] or None
    return Quarantined(str(headers.get("id", "")), str(headers.get("task", "")), target, sent_at)


def oldest_s(document: QueueDocument) -> float:
    """Return how long the oldest waiting message has waited.

    >>> oldest_s(QueueDocument((QueueLine("celeriac", 5, 2, 3.0),), 2, 0, 0.0, ()))
    3.0
    """
    return max((line.oldest_s or 0.0 for line in document.lines), default=0.0)


def age_s(one: Quarantined) -> float | None:
    """Return how long ago a message was sent."""
    return None if one.sent_at is None else max(0.0, time.time() - one.sent_at)


def _lines(samples: Iterable[Sample]) -> tuple[QueueLine, ...]:
    lengths: dict[tuple[str, int], int] = {}
    ages: dict[tuple[str, int], float | None] = {}
    for one in samples:
        labels = dict(one.labels)
        if one.name not in (sampler.MESSAGES.name, sampler.OLDEST.name):
            continue
        place = (labels["queue"], int(labels["priority"]))
        if one.name == sampler.MESSAGES.name:
            lengths[place] = int(one.value)
        else:
            ages[place] = round(one.value, 1) if math.isfinite(one.value) else None
    return tuple(
        QueueLine(queue, priority, count, ages.get((queue, priority)))
        for (queue, priority), count in lengths.items()
        if count
    )


def _value(samples: Iterable[Sample], name: str) -> float:
    return next((one.value for one in samples if one.name == name), 0.0)
