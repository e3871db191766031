"""A cache that takes its memory from the queues."""

from collections.abc import Iterator

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy
from celeriac.health.services.facts import Services


def judge(services: Services, policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report a cache that shares its server with what must not be lost."""
    for store in services.stores:
        if store.answers and store.keeps and "cache" in store.roles:
            yield Finding(
                "redis_shared",
                "warning",
                store.name,
                f"One server is the {store.name}: a cache wants to evict and a queue must not, so one of both is"
                " wrong.",
                cure="-- Give the cache a Redis of its own: CELERIAC_REDIS__CACHE_URL, with maxmemory-policy"
                " allkeys-lfu.",
            )
