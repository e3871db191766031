"""The hottest keys of the cache, and what each is worth to have.

Redis counts or times the accesses of every key already; asking it for that touches none of them. So nothing is added to
the path of a hit, and what is learnt covers every process.
https://redis.io/docs/latest/commands/object-freq/
"""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from redis import Redis

from celeriac.cache.analysis.heat import counts_accesses, heats
from celeriac.cache.keys import checked_name
from celeriac.cache.statistics import NamespaceStatistics
from celeriac.cache.warmers.policy import WarmPolicy

BATCH = 500


@dataclass(frozen=True, slots=True)
class HotKey:
    """One entry that is asked for."""

    namespace: str
    key: str
    heat: float
    """Accesses, or how lately there was one: comparable among the keys of one look."""
    bytes: int
    left_s: float
    """Until Redis drops it."""
    cost_ms: float = 1.0
    """What computing it takes, as its namespace has it on average."""

    @property
    def worth(self) -> float:
        """Hits × cost ÷ bytes: where a byte of the cache saves most."""
        return self.heat * self.cost_ms / max(1, self.bytes)


@dataclass(frozen=True, slots=True)
class Hot:
    """Keys to replay before all else, those worth most first."""

    keys: tuple[HotKey, ...] = ()
    cold: str | None = None
    """Why the whole hot set is among them."""


def hottest(
    client: "Redis",
    prefix: str,
    known: Mapping[str, NamespaceStatistics],
    namespaces: Collection[str],
    policy: WarmPolicy,
) -> tuple[HotKey, ...]:
    """Return the hottest keys of some namespaces, those worth most first; bounded in keys and seconds."""
    ends_s = time.monotonic() + policy.scan_s
    counting = counts_accesses(client)
    found = client.scan_iter(match=f"{checked_name(prefix, 'prefix')}:v:*", count=BATCH)
    hot: list[HotKey] = []
    looked = 0
    while looked < policy.scan_keys and time.monotonic() < ends_s:
        names = [*islice(found, min(BATCH, policy.scan_keys - looked))]
        if not names:
            break
        looked += len(names)
        placed = [(name, *place) for name in names if (place := _place(name, prefix)) and place[0] in namespaces]
        hot += _measured(client, placed, known, counting=counting, policy=policy)
    return tuple(sorted(hot, key=lambda one: (-one.worth, one.namespace, one.key))[: policy.remembered_keys])


def cost_ms(statistics: NamespaceStatistics | None) -> float:
    """Return what an entry of a namespace takes to compute on average.

    >>> cost_ms(NamespaceStatistics("users", computations=2, compute_us=6_000))
    3.0
    """
    if statistics is None:
        return 1.0
    if statistics.computations and statistics.compute_us:
        return statistics.compute_us / statistics.computations / 1000
    return statistics.saved_us / statistics.hits / 1000 if statistics.hits and statistics.saved_us else 1.0


def _measured(
    client: "Redis",
    placed: list[tuple[bytes, str, str]],
    known: Mapping[str, NamespaceStatistics],
    *,
    counting: bool,
    policy: WarmPolicy,
) -> Iterator[HotKey]:
    if not placed:
        return
    names = [name for name, _, _ in placed]
    measured = zip(placed, heats(client, names, counting=counting), _sizes(client, names), strict=True)
    coldest = 1 / (1 + policy.max_idle_s)
    for (_, namespace, key), heat, (left_ms, size) in measured:
        if heat is not None and left_ms > 0 and (counting or heat >= coldest):
            yield HotKey(namespace, key, heat, size, left_ms / 1000, cost_ms(known.get(namespace)))


def _sizes(client: "Redis", names: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    pipeline = client.pipeline(transaction=False)
    for name in names:
        pipeline.pttl(name)
        pipeline.memory_usage(name)
    answers: list[Any] = pipeline.execute()
    return ((answers[i], answers[i + 1] or 0) for i in range(0, len(answers), 2))


def _place(name: bytes, prefix: str) -> tuple[str, str] | None:
    """Return the namespace and the key of an entry's name, with or without the cluster's braces."""
    text = name.decode("utf-8", "replace").removeprefix(f"{prefix}:v:")
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    namespace, _, key = text.partition(":")
    # A digest stands for a key too long to keep: what it was made of cannot be told from it.
    return None if not key or key.startswith("~") else (namespace, key)
