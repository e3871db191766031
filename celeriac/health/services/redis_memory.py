"""A broker or store of results that is nearly full."""

from collections.abc import Iterator

from celeriac.health.finding import Finding
from celeriac.health.policy import MIB, HealthPolicy
from celeriac.health.services.facts import Services


def judge(services: Services, policy: HealthPolicy) -> Iterator[Finding]:
    """Report one that will soon refuse tasks, and one that nothing keeps from taking the machine's memory."""
    for store in services.stores:
        if not store.answers or not store.keeps:
            continue
        used = f"{store.used_bytes / MIB:.0f} MiB"
        if not store.limit_bytes:
            sentence = f"The {store.name} has no memory limit (it uses {used}): the system may kill it."
            cure = "-- CONFIG SET maxmemory to what the machine can spare: with noeviction it refuses before it dies."
            yield Finding("redis_memory", "warning", store.name, sentence, {"used_bytes": store.used_bytes}, cure)
        elif (ratio := store.used_bytes / store.limit_bytes) >= policy.redis_memory_ratio:
            yield Finding(
                "redis_memory",
                "critical",
                store.name,
                f"The {store.name} uses {ratio:.0%} of its memory limit ({used}): when it is full no task can be sent.",
                {"used_bytes": store.used_bytes, "limit_bytes": store.limit_bytes},
                "-- Raise maxmemory, let results expire earlier (CELERIAC_TASKS__RESULT_EXPIRES), or add workers.",
            )
