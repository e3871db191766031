"""What is known of the Redis servers and of Celery; whoever calls has gathered it, since other capabilities measure"
" it."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["broker", "results", "cache"]
KEPT: frozenset[Role] = frozenset({"broker", "results"})
"""What these hold is nowhere else: a lost message is a task that never runs."""


@dataclass(frozen=True, slots=True)
class Store:
    """One Redis server, and every role that it plays."""

    roles: tuple[Role, ...]
    answers: bool = True
    """False where it could not be reached: nothing else is known of it then."""
    used_bytes: int = 0
    limit_bytes: int = 0
    """0 where there is no limit."""
    eviction_policy: str = "noeviction"
    evicted: int = 0
    """Keys since its start."""
    saves: bool | None = None
    """Whether it writes to a disk at all; None where it does not say."""
    blocked_clients: int = 0
    clients: int = 0

    @property
    def name(self) -> str:
        """How a finding calls it.

        >>> Store(("broker", "cache")).name
        'Redis of broker and cache'
        """
        return f"Redis of {' and '.join(self.roles)}"

    @property
    def keeps(self) -> bool:
        """Whether it holds what is nowhere else."""
        return bool(KEPT.intersection(self.roles))


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of ours, all its priorities together."""

    name: str
    messages: int
    oldest_s: float | None
    """None where the sender did not say when."""
    workers: tuple[str, ...] | None
    """Who takes from it; None where no worker could be asked."""
    before: int | None = None
    """How many waited ten minutes ago; None where nobody counted."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A periodic task, and what came of its last run."""

    task: str
    period_s: float
    ended_ago_s: float | None
    """None where it is not known to have run."""
    outcome: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """All that the checks of services look at."""

    stores: tuple[Store, ...] = ()
    queues: tuple[Queue, ...] | None = None
    """None where the broker does not answer."""
    undeliverable: int = 0
    held_oldest_s: float = 0.0
    """How long a worker has held the oldest message without acknowledging it."""
    longest_run_s: float = 0.0
    """How long a task may run."""
    beat_silent_s: float | None = None
    entries: tuple[Entry, ...] | None = None
    """None where the store of results does not answer."""
