"""Queues that nobody takes from."""

from collections.abc import Iterator

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy
from celeriac.health.services.facts import Services


def judge(services: Services, policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each; where no worker answered, that is all there is to say."""
    if services.queues is None:
        yield Finding("queues_unserved", "skipped", "", "Not looked at: the broker does not answer.")
        return
    if any(queue.workers is None for queue in services.queues):
        yield Finding("queues_unserved", "skipped", "", "Not looked at: no worker answered in time.")
        return
    for queue in services.queues:
        if not queue.workers:
            yield Finding(
                "queues_unserved",
                "critical",
                queue.name,
                f"No worker takes from queue {queue.name}; {queue.messages} messages wait there.",
                {"messages": queue.messages},
                f"-- Start one: celery -A worker worker -Q {queue.name}, as the role of that name in compose.yaml"
                " does.",
            )
