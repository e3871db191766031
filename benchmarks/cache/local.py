"""The process tier: what a hit costs, and how soon another process's write is seen."""

import time
from collections.abc import Iterator
from functools import partial
from statistics import median

import orjson

from benchmarks.cache import peers
from benchmarks.cache.row import Row, of_ours, p50_us
from benchmarks.cache.values import SMALL
from celeriac.cache import MISS, Cache
from sandbox.redis import RedisServer

WRITES = 300


def measure(server: RedisServer, rounds: int) -> Iterator[Row]:
    """Measure ours beside cashews' client side, and beside the decoding alone, which each hit pays."""
    makers = (
        partial(peers.celeriac, local=True),
        partial(peers.celeriac_async, local=True),
        partial(peers.cashews, client_side=True),
    )
    sides = [peer for make in makers for peer in _installed(make, server.url())]
    for number, peer in enumerate(sides):
        peer.set(f"local:{number}", SMALL)
        peer.measure(partial(peer.get, f"local:{number}"), 100)
    time.sleep(0.3)
    figures: dict[str, list[float]] = {}
    encoded = orjson.dumps(SMALL)
    for _ in range(rounds):
        for number, peer in enumerate(sides):
            figures.setdefault(peer.name, []).append(peer.measure(partial(peer.get, f"local:{number}"), 5_000))
        figures.setdefault("orjson alone", []).append(p50_us(partial(orjson.loads, encoded), 5_000))
    yield of_ours(
        "hit in the process tier, 1 KB", {name: round(median(all_), 2) for name, all_ in figures.items()}, "µs, p50"
    )
    seen = sorted(_seen_ms(server.url()))
    yield Row(
        "a foreign write is seen in the process tier", round(seen[len(seen) // 2], 2), {"p99": round(seen[-3], 2)}, "ms"
    )


def _installed(make: partial[peers.Peer], url: str) -> list[peers.Peer]:
    make.__name__ = make.func.__name__  # type: ignore[attr-defined]
    return peers.made([make], url)


def _seen_ms(url: str) -> Iterator[float]:
    reader, writer = Cache(url, local=True), Cache(url)
    writer.set("seen", -1)
    for number in range(WRITES):
        while reader.get("seen") is MISS or len(reader.get_many(["seen"])) == 0:
            time.sleep(0.001)
        writer.set("seen", number)
        began = time.perf_counter()
        while reader.get("seen") != number:
            time.sleep(0.0001)  # else this thread keeps the one that hears of the write from running
        yield (time.perf_counter() - began) * 1000
    reader.close()
    writer.close()
