"""A broker or store of results that throws out keys when memory is short."""

from collections.abc import Iterator

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy
from celeriac.health.services.facts import Services


def judge(services: Services, policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report a policy that would, and evictions that have happened."""
    for store in services.stores:
        if not store.answers or not store.keeps or store.eviction_policy == "noeviction":
            continue
        happened = f", and has done so with {store.evicted}" if store.evicted else ""
        yield Finding(
            "redis_eviction",
            "critical" if store.evicted or store.limit_bytes else "warning",
            store.name,
            f"The {store.name} may throw out keys when its memory is full ({store.eviction_policy}){happened}: a"
            " message"
            " that is thrown out is a task that never runs.",
            {"evicted": store.evicted},
            "CONFIG SET maxmemory-policy noeviction",
        )
