"""How each task fares: runs, failures, retries, skips and time, counted in Redis where every process can add."""

import logging
from collections.abc import Mapping
from typing import Any, Literal

from redis.exceptions import RedisError

from config.redis import results_client

logger = logging.getLogger(__name__)

Outcome = Literal["runs", "failed", "retried", "skipped"]

COUNTED = ("runs", "failed", "retried", "skipped", "total_ms")
"""`runs` counts failed and retried runs too, skipped ones not; `total_ms` is theirs."""

_PREFIX = "celeriac:tasks:"


def count(task: str, outcome: Outcome, total_ms: float) -> None:
    """Add one run of a task; that it cannot be counted fails nobody."""
    try:
        with results_client().pipeline(transaction=False) as pipeline:
            pipeline.hincrby(_PREFIX + task, outcome, 1)
            if outcome in {"failed", "retried"}:
                pipeline.hincrby(_PREFIX + task, "runs", 1)
            if outcome != "skipped":
                pipeline.hincrbyfloat(_PREFIX + task, "total_ms", round(total_ms, 3))
            pipeline.execute()
    except RedisError as error:
        logger.warning("the outcome of %s was not counted: %s", task, type(error).__name__)


def read() -> dict[str, dict[str, float]]:
    """Return the counters of every task that ever ran: {name: {runs, failed, retried, skipped, total_ms}}."""
    client = results_client()
    keys = sorted(str(key) for key in client.scan_iter(match=f"{_PREFIX}*", count=500))
    return {key.removeprefix(_PREFIX): _row(client.hgetall(key)) for key in keys}


def _row(stored: Mapping[Any, Any]) -> dict[str, float]:
    return {name: float(stored.get(name, 0)) for name in COUNTED}
