"""Hits of three kinds, and what a decorator adds to one."""

from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from typing import Any

import orjson
import redis

from benchmarks.cache import peers
from benchmarks.cache.peers import Peer
from benchmarks.cache.row import Row, of_ours
from benchmarks.cache.values import BIG, MANY, SMALL
from sandbox.redis import RedisServer

PEERS = (
    peers.celeriac, peers.plain, peers.plain_zstd, peers.dogpile, peers.django,
    peers.celeriac_async, peers.plain_async, peers.cashews, peers.aiocache,
)  # fmt: skip
Act = tuple[Callable[[], Any], int]


def measure(server: RedisServer, rounds: int) -> Iterator[Row]:
    """Measure all libraries in turn."""
    sides = peers.made(PEERS, server.url())
    for number, peer in enumerate(sides):
        _fill(number, peer)
    figures: dict[str, dict[str, list[float]]] = {}
    # Many short turns rather than few long ones: what else the machine does then falls on all alike.
    for _ in range(3 * rounds):
        for number, peer in enumerate(sides):
            for case, (act, times) in _acts(number, peer).items():
                figures.setdefault(case, {}).setdefault(peer.name, []).append(peer.measure(act, times))
    for case, by_peer in figures.items():
        yield of_ours(case, {name: round(median(found), 1) for name, found in by_peer.items()}, "µs, p50")
    yield of_ours("decorator's own cost", _decorator_cost(sides), "µs, p50")
    with redis.Redis.from_url(server.url()) as client:
        stored = client.strlen("cache:v:default:0:big")
    yield Row("stored for 100 KB of JSON", stored, {"redis-py + orjson": len(orjson.dumps(BIG))}, "bytes")


def _fill(number: int, peer: Peer) -> None:
    # Several libraries use a key as it is given.
    peer.set(f"{number}:small", SMALL)
    peer.set(f"{number}:big", BIG)
    for key, value in MANY.items():
        peer.set(f"{number}:{key}", value)
    if peer.decorated is not None:
        peer.measure(partial(peer.decorated, 1), 1)


def _acts(number: int, peer: Peer) -> dict[str, Act]:
    acts: dict[str, Act] = {
        "hit of 1 KB": (partial(peer.get, f"{number}:small"), 300),
        "hit of 100 KB": (partial(peer.get, f"{number}:big"), 50),
    }
    if peer.get_many is not None:
        acts["100 keys at once"] = (partial(peer.get_many, [f"{number}:{key}" for key in MANY]), 20)
    if peer.decorated is not None:
        acts["decorated hit"] = (partial(peer.decorated, 1), 300)
    return acts


def _decorator_cost(sides: list[Peer]) -> dict[str, float]:
    """Return the decorated hit less the plain one, by turns: apart, the machine's moods would be all that is seen."""
    costs = {}
    for number, peer in enumerate(sides):
        if peer.decorated is not None:
            one, two = partial(peer.get, f"{number}:small"), partial(peer.decorated, 1)
            pairs = [(peer.measure(one, 1), peer.measure(two, 1)) for _ in range(1_000)]
            costs[peer.name] = round(median(after for _, after in pairs) - median(before for before, _ in pairs), 1)
    return costs
