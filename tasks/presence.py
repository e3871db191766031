"""Which workers are there, as each says of itself in Redis: asking them all would take a second of every round."""

import time
from dataclasses import asdict
from typing import Final

import orjson

from celeriac.metrics.sources import WorkerState
from config.redis import results_client

KEY: Final = "celeriac:workers"
EVERY_S: Final = 15.0
GONE_AFTER_S: Final = 4 * EVERY_S
"""A worker that has said nothing for so long is not there."""


def note(worker: str, state: WorkerState) -> None:
    """Say that a worker is there, and how it is."""
    results_client().hset(KEY, worker, orjson.dumps(asdict(state)))


def leave(worker: str) -> None:
    """Say that a worker has ended."""
    results_client().hdel(KEY, worker)


def read() -> dict[str, WorkerState]:
    """Return the workers that are there, and forget those that left without a word."""
    client = results_client()
    found = {str(name): WorkerState(**orjson.loads(stored)) for name, stored in client.hgetall(KEY).items()}
    gone = [name for name, state in found.items() if state.at < time.time() - GONE_AFTER_S]
    if gone:
        client.hdel(KEY, *gone)
    return {name: state for name, state in sorted(found.items()) if name not in gone}
