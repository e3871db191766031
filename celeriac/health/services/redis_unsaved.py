"""A broker whose queues end with its process."""

from collections.abc import Iterator

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy
from celeriac.health.services.facts import Services


def judge(services: Services, policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report a broker without any persistence."""
    for store in services.stores:
        if store.answers and "broker" in store.roles and store.saves is False:
            yield Finding(
                "redis_unsaved",
                "warning",
                store.name,
                f"The {store.name} saves nothing: a restart loses every message that waits.",
                cure="CONFIG SET appendonly yes",
            )
