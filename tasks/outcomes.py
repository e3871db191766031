"""How each task fares: runs, failures, retries, skips and time, counted in Redis where every process can add."""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from redis.exceptions import RedisError

from config.redis import results_client

logger = logging.getLogger(__name__)

Outcome = Literal["runs", "failed", "retried", "skipped"]

COUNTED = ("runs", "failed", "retried", "skipped", "total_ms", "waits", "wait_ms")
"""`runs` counts failed and retried runs too, skipped ones not; `total_ms` is theirs. `wait_ms` is what messages waited
before a run, of the `waits` of which it is known."""

_PREFIX = "celeriac:tasks:"


_LAST = "last:"
_REASON_CHARS = 300


def count(
    task: str,
    outcome: Outcome,
    total_ms: float,
    target: str = "-",
    reason: str | None = None,
    wait_ms: float | None = None,
) -> None:
    """Add one run of a task and remember it as the last on its target; that it cannot be counted fails nobody."""
    last: dict[str, Any] = {"at": datetime.now(UTC), "outcome": outcome, "ms": round(total_ms, 3)}
    if reason:
        last["reason"] = reason[:_REASON_CHARS]
    try:
        with results_client().pipeline(transaction=False) as pipeline:
            pipeline.hincrby(_PREFIX + task, outcome, 1)
            pipeline.hset(_PREFIX + task, _LAST + target, orjson.dumps(last))
            if outcome in {"failed", "retried"}:
                pipeline.hincrby(_PREFIX + task, "runs", 1)
            if outcome != "skipped":
                pipeline.hincrbyfloat(_PREFIX + task, "total_ms", round(total_ms, 3))
            if wait_ms is not None:
                pipeline.hincrby(_PREFIX + task, "waits", 1)
                pipeline.hincrbyfloat(_PREFIX + task, "wait_ms", round(wait_ms, 3))
            pipeline.execute()
    except RedisError as error:
        logger.warning("the outcome of %s was not counted: %s", task, type(error).__name__)


def read() -> dict[str, dict[str, float]]:
    """Return the counters of every task that ever ran: {name: counters as in `COUNTED`}."""
    client = results_client()
    keys = sorted(str(key) for key in client.scan_iter(match=f"{_PREFIX}*", count=500))
    return {key.removeprefix(_PREFIX): _row(client.hgetall(key)) for key in keys}


def last(target: str, tasks: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the last run of each task on a target: {name: {at, outcome, ms, reason where there is one}}."""
    names = [*tasks]
    with results_client().pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.hget(_PREFIX + name, _LAST + target)
        stored = pipeline.execute()
    return {name: orjson.loads(one) for name, one in zip(names, stored, strict=True) if one is not None}


def _row(stored: Mapping[Any, Any]) -> dict[str, float]:
    return {name: float(stored.get(name, 0)) for name in COUNTED}
