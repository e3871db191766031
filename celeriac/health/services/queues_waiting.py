"""Queues in which messages pile up."""

from collections.abc import Iterator

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy
from celeriac.health.services.facts import Queue, Services


def judge(services: Services, policy: HealthPolicy) -> Iterator[Finding]:
    """Report a queue whose oldest message is old, that is long, or that grows."""
    if services.queues is None:
        yield Finding("queues_waiting", "skipped", "", "Not looked at: the broker does not answer.")
        return
    for queue in services.queues:
        waited_s = queue.oldest_s or 0.0
        grown = _grown(queue, policy)
        if waited_s < policy.queue_age_s and queue.messages < policy.queue_messages and not grown:
            continue
        age = "" if queue.oldest_s is None else f", the oldest for {waited_s:.0f} s"
        growth = f"; ten minutes ago there were {queue.before}" if grown else ""
        yield Finding(
            "queues_waiting",
            "warning",
            queue.name,
            f"{queue.messages} messages wait in queue {queue.name}{age}{growth}.",
            {"messages": queue.messages, "oldest_s": waited_s},
            "-- Add workers, or raise CELERIAC_WORKER__CONCURRENCY; Flower shows what they are busy with.",
        )


def _grown(queue: Queue, policy: HealthPolicy) -> bool:
    if queue.before is None:
        return False
    return queue.messages - queue.before >= policy.queue_growth and queue.messages >= 2 * queue.before
