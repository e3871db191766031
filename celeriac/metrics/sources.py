"""What the samplers read from; whoever calls fills in what there is, and the rest is not sampled."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from redis import Redis
from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Broker:
    """Celery's queues on Redis, as kombu lays them out: one list a queue and priority step."""

    client: Redis
    queues: tuple[str, ...]
    priority_steps: tuple[int, ...] = tuple(range(10))
    separator: str = "\x06\x16"

    def key(self, queue: str, priority: int) -> str:
        """Name the list of a queue's step: step 0 is the queue's own name."""
        return f"{queue}{self.separator}{priority}" if priority else queue


@dataclass(frozen=True, slots=True)
class Sources:
    """Open connections and numbers gathered elsewhere; None or empty is left out, not failed."""

    target: str = "main"
    postgres: Connection | None = None
    """In a transaction, read-only will do."""
    ledger: Connection | None = None
    redis: Mapping[str, Redis] = field(default_factory=dict)
    """By role: cache, broker, results. Their own socket time-outs bound what a sampler waits."""
    broker: Broker | None = None
    tasks: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Counters by task name, as the workers keep them."""
    cache: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Counters of the cache library by namespace."""
    away: Collection[str] = ()
    """Names of the fields above that were meant to be there and could not be reached."""
    system: bool = True
    """This machine and process; off where another's metrics tell already."""
