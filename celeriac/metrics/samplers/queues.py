"""Celery's queues on Redis, by priority: how many wait, for how long the oldest has, and what is in the workers' hands.

kombu keeps one list a queue and priority step (LPUSH at the left, BRPOP from the right), and what was delivered but
not acknowledged in `unacked`, with the delivery times in `unacked_index`: kombu/transport/redis.py.
"""

import json
import time
from collections.abc import Iterator

from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources

SENT_AT = "celeriac_sent_at"
"""Message header with the publisher's clock; messages of other publishers have no age."""

MESSAGES = Metric(
    "celeriac_queue_messages",
    "gauge",
    "1",
    "Messages that wait, by queue and priority (0 is the highest).",
    ("queue", "priority"),
)
OLDEST = Metric(
    "celeriac_queue_oldest_message_seconds",
    "gauge",
    "seconds",
    "How long the next message of a queue and priority has waited; 0 when none waits.",
    ("queue", "priority"),
)
UNACKNOWLEDGED = Metric(
    "celeriac_queue_unacknowledged_messages", "gauge", "1", "Messages taken and not yet acknowledged."
)
HELD = Metric(
    "celeriac_queue_unacknowledged_oldest_seconds",
    "gauge",
    "seconds",
    "How long the oldest of them has been held; beyond visibility_timeout it is delivered again.",
)
METRICS = (MESSAGES, OLDEST, UNACKNOWLEDGED, HELD)


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:  # noqa: ARG001 - one signature for all
    """Read all lists in one round trip."""
    assert sources.broker is not None
    broker = sources.broker
    steps = [(queue, priority) for queue in broker.queues for priority in broker.priority_steps]
    pipeline = broker.client.pipeline(transaction=False)
    for queue, priority in steps:
        pipeline.llen(broker.key(queue, priority))
        pipeline.lindex(broker.key(queue, priority), -1)
    pipeline.hlen("unacked")
    pipeline.zrange("unacked_index", 0, 0, withscores=True)
    *lists, unacknowledged, first_held = pipeline.execute()
    now = time.time()
    for (queue, priority), length, message in zip(steps, lists[::2], lists[1::2], strict=True):
        yield MESSAGES.of(length, queue=queue, priority=priority)
        yield OLDEST.of(_age_s(message, now), queue=queue, priority=priority)
    yield UNACKNOWLEDGED.of(unacknowledged)
    yield HELD.of(max(0.0, now - first_held[0][1]) if first_held else 0)


def _age_s(message: bytes | str | None, now: float) -> float | None:
    """Return how long a message has waited: 0 for none, None where its publisher did not say when."""
    if message is None:
        return 0.0
    try:
        sent_at = json.loads(message)["headers"][SENT_AT]
        return max(0.0, now - float(sent_at))
    except (ValueError, TypeError, KeyError):
        return None
