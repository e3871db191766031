"""Redis and Celery, one check a module: pure, of facts that were gathered elsewhere."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy
from celeriac.health.services import (
    beat_silent,
    messages_held,
    queues_unserved,
    queues_waiting,
    redis_away,
    redis_blocked,
    redis_eviction,
    redis_memory,
    redis_shared,
    redis_unsaved,
    schedule_failing,
    schedule_late,
    undeliverable,
)
from celeriac.health.services.facts import Services


@dataclass(frozen=True, slots=True)
class ServiceCheck:
    """A pure function of the facts; it yields `skipped` by itself where they are missing."""

    name: str
    judge: Callable[[Services, HealthPolicy], Iterable[Finding]]
    well: str


SERVICE_CHECKS: tuple[ServiceCheck, ...] = (
    ServiceCheck("redis_away", redis_away.judge, "Every Redis answers."),
    ServiceCheck("redis_eviction", redis_eviction.judge, "No Redis throws out what it is to keep."),
    ServiceCheck("redis_unsaved", redis_unsaved.judge, "Queues outlive a restart of their Redis."),
    ServiceCheck("redis_memory", redis_memory.judge, "Queues and results have room."),
    ServiceCheck("redis_shared", redis_shared.judge, "The cache has a Redis of its own."),
    ServiceCheck("redis_blocked", redis_blocked.judge, "No Redis is full of clients that wait."),
    ServiceCheck("queues_unserved", queues_unserved.judge, "Each queue has a worker."),
    ServiceCheck("queues_waiting", queues_waiting.judge, "No message waits long."),
    ServiceCheck("messages_held", messages_held.judge, "No worker holds a message too long."),
    ServiceCheck("undeliverable", undeliverable.judge, "Every message found its queue."),
    ServiceCheck("beat_silent", beat_silent.judge, "Beat sends what is due."),
    ServiceCheck("schedule_late", schedule_late.judge, "Periodic tasks run in time."),
    ServiceCheck("schedule_failing", schedule_failing.judge, "The last run of each periodic task succeeded."),
)


def examine_services(services: Services, policy: HealthPolicy) -> tuple[Finding, ...]:
    """Return what each check found, and one ok for each that found nothing."""
    return tuple(finding for check in SERVICE_CHECKS for finding in _run(check, services, policy))


def _run(check: ServiceCheck, services: Services, policy: HealthPolicy) -> Iterator[Finding]:
    found = tuple(check.judge(services, policy))
    yield from found or (Finding(check.name, "ok", "", check.well),)
