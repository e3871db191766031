"""A Redis most of whose clients wait in a blocking command."""

from collections.abc import Iterator

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy
from celeriac.health.services.facts import Services

MIN_CLIENTS = 20
"""Of a few clients, most are our own workers at rest."""


def judge(services: Services, policy: HealthPolicy) -> Iterator[Finding]:
    """Report a cache so; a broker's workers wait there when all is well."""
    for store in services.stores:
        if store.answers and store.roles == ("cache",) and store.clients >= MIN_CLIENTS:
            ratio = store.blocked_clients / store.clients
            if ratio >= policy.redis_blocked_ratio:
                yield Finding(
                    "redis_blocked",
                    "warning",
                    store.name,
                    f"{store.blocked_clients} of {store.clients} clients of the {store.name} wait in a blocking"
                    " command.",
                    {"blocked": store.blocked_clients, "clients": store.clients},
                    "-- CLIENT LIST shows which (flags=b); give queues a Redis of their own.",
                )
