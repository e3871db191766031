"""Messages for which there is no queue."""

from collections.abc import Iterator

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy
from celeriac.health.services.facts import Services


def judge(services: Services, policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report them: somebody sends to a queue that nobody reads."""
    if services.queues is None:
        yield Finding("undeliverable", "skipped", "", "Not looked at: the broker does not answer.")
    elif services.undeliverable:
        yield Finding(
            "undeliverable",
            "warning",
            "broker",
            f"{services.undeliverable} messages found no queue and were set aside.",
            {"messages": services.undeliverable},
            "-- The page Queues lists them; their senders name a queue that does not exist.",
        )
