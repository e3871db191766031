"""What is sampled, in the order of a round: one module each, and one name in `SAMPLERS`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.samplers import (
    activity,
    cache_library,
    database,
    queues,
    redis_server,
    relations,
    replication,
    schedule,
    size,
    statements,
    system,
    tasks,
    vacuum,
    waits,
    wal,
    workers,
)
from celeriac.metrics.sources import Sources


@dataclass(frozen=True, slots=True)
class Sampler:
    """A source of samples; it is left out where what it `needs` of the sources is missing."""

    name: str
    needs: Literal["postgres", "ledger", "redis", "broker", "tasks", "cache", "schedule", "workers", "system"]
    metrics: tuple[Metric, ...]
    sample: Callable[[Sources, MetricsPolicy], Iterator[Sample]]
    dear: bool = False
    """Its cost grows with the number of relations: it runs every `dear_every`, not in every round."""
    rare: bool = False
    """It grows with the number of files: it runs every `rare_every`."""

    def every(self, policy: MetricsPolicy) -> timedelta:
        """Return how long after a run the next one is due; zero is each round."""
        if self.rare:
            return policy.rare_every
        return policy.dear_every if self.dear else timedelta(0)


SAMPLERS: tuple[Sampler, ...] = (
    Sampler("activity", "postgres", activity.METRICS, activity.sample),
    Sampler("waits", "postgres", waits.METRICS, waits.sample),
    Sampler("database", "postgres", database.METRICS, database.sample),
    Sampler("wal", "postgres", wal.METRICS, wal.sample),
    Sampler("replication", "postgres", replication.METRICS, replication.sample),
    Sampler("vacuum", "postgres", vacuum.METRICS, vacuum.sample),
    Sampler("relations", "postgres", relations.METRICS, relations.sample, dear=True),
    Sampler("size", "postgres", size.METRICS, size.sample, rare=True),
    Sampler("statements", "ledger", statements.METRICS, statements.sample),
    Sampler("redis", "redis", redis_server.METRICS, redis_server.sample),
    Sampler("cache", "cache", cache_library.METRICS, cache_library.sample),
    Sampler("queues", "broker", queues.METRICS, queues.sample),
    Sampler("tasks", "tasks", tasks.METRICS, tasks.sample),
    Sampler("schedule", "schedule", schedule.METRICS, schedule.sample),
    Sampler("workers", "workers", workers.METRICS, workers.sample),
    Sampler("system", "system", system.METRICS, system.sample),
)
