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
class Scheduled:
    """One line of the schedule for this target, and how it fared."""

    every_s: float
    last_at: float | None = None
    """When its last run ended, in seconds since 1970; None where none is known."""


@dataclass(frozen=True, slots=True)
class WorkerState:
    """What a worker said of itself a moment ago."""

    at: float
    """Seconds since 1970."""
    processes: int
    """Of its pool."""
    active: int
    """Tasks that run in it."""
    resident_bytes: int
    """Of all its processes."""


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
    schedule: Mapping[str, Scheduled] = field(default_factory=dict)
    """By task name."""
    workers: Mapping[str, WorkerState] = field(default_factory=dict)
    """By node name; those that stopped saying anything have gone."""
    cache: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Counters of the cache library by namespace."""
    cache_functions: Mapping[tuple[str, str], Mapping[str, float]] = field(default_factory=dict)
    """The same by namespace and function, where functions share a namespace."""
    away: Collection[str] = ()
    """Names of the fields above that were meant to be there and could not be reached."""
    system: bool = True
    """This machine and process; off where another's metrics tell already."""
