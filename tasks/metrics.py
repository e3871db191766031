"""Metrics: take a round of samples, fold the history, drop what is past its keep."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

from celery import Celery, shared_task
from kombu.exceptions import OperationalError as BrokerAway
from redis.exceptions import RedisError

from beat_schedule import ENTRIES
from celeriac.cache import Cache, NamespaceStatistics
from celeriac.metrics import history
from celeriac.metrics import prune as pruning
from celeriac.metrics import roll_up as folding
from celeriac.metrics.collect import collect, failed
from celeriac.metrics.sources import Broker, Scheduled, Sources
from config.database import ledger, read_only
from config.redis import cache_client, results_client
from config.refusals import TargetAway
from config.settings import settings
from tasks import outcomes, presence, results
from tasks.base import OptimizerTask

logger = logging.getLogger(__name__)

Got = TypeVar("Got")

TTL_S = 600
"""Of the published round: an older one is no longer the latest, it is lost."""


@shared_task(name="celeriac.metrics.record", base=OptimizerTask, bind=True)
def record(self: OptimizerTask, target: str = "main") -> dict[str, Any]:
    """Sample everything once, keep it in the history and publish it as the latest."""
    began = time.perf_counter()
    with _sources(self.app, target) as sources:
        samples = collect(sources, settings().metrics)
        assert sources.ledger is not None
        kept = history.record(sources.ledger, target, samples)
        newest = history.latest(sources.ledger, target, settings().metrics)
    results.publish("metrics", target, {"samples": [asdict(one) for one in newest]}, ttl_s=TTL_S)
    return {"samples": kept, "failed": list(failed(samples)), "seconds": round(time.perf_counter() - began, 3)}


@shared_task(name="celeriac.metrics.roll_up", base=OptimizerTask, bind=True)
def roll_up(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Fold samples into minutes, minutes into hours, hours into days."""
    with ledger(target) as state:
        return {"written": folding.roll_up(state, target)}


@shared_task(name="celeriac.metrics.prune", base=OptimizerTask, bind=True)
def prune(self: OptimizerTask, target: str = "main") -> dict[str, Any]:
    """Drop history that is past its keep, piece by piece, each in a transaction of its own."""
    policy = settings().metrics
    gone: Counter[str] = Counter()
    while True:
        with ledger(target) as state:
            piece = pruning.prune(state, target, policy)
        gone.update(piece)
        if max(piece.values()) < policy.rows_per_delete:
            return {"deleted": dict(gone)}
        self.progress(gone.total(), gone.total() + policy.rows_per_delete, "rows")


@contextmanager
def _sources(app: Celery, target: str) -> Iterator[Sources]:
    """Open what there is to sample; what cannot be reached is named, so that its samplers are counted as down."""
    away: list[str] = []
    with ExitStack() as stack:
        state = stack.enter_context(ledger(target))
        yield Sources(
            target=target,
            ledger=state,
            postgres=_reached("postgres", away, lambda: stack.enter_context(read_only(target))),
            redis={"cache": cache_client(target), "results": results_client()},
            broker=_reached("broker", away, lambda: _broker(app, stack)),
            tasks=_reached("tasks", away, outcomes.read) or {},
            schedule=_reached("schedule", away, lambda: _schedule(target)) or {},
            workers=_reached("workers", away, presence.read) or {},
            cache=_cache(target),
            cache_functions=_cache_functions(target),
            away=away,
        )


def _reached(name: str, away: list[str], reach: Callable[[], Got]) -> Got | None:
    try:
        return reach()
    except (TargetAway, RedisError, BrokerAway) as error:
        away.append(name)
        logger.warning("metrics go on without %s: %s", name, type(error).__name__)
        return None


def _broker(app: Celery, stack: ExitStack) -> Broker:
    """Take Celery's own connection: it knows Sentinel and TLS, and lays the queues out by the same options."""
    channel: Any = stack.enter_context(app.connection_for_read()).default_channel
    return Broker(
        client=stack.enter_context(channel.conn_or_acquire()),
        queues=tuple(queue.name for queue in app.conf.task_queues or ()),
        priority_steps=tuple(channel.priority_steps),
        separator=channel.sep,
    )


def _schedule(target: str) -> dict[str, Scheduled]:
    """Return what beat sends to a target, and how each last fared there."""
    chosen = settings().schedule
    periods = {one.task: chosen.every.get(one.name, one.every / chosen.speed).total_seconds() for one in ENTRIES}
    ran = outcomes.last(target, periods)
    return {
        task: Scheduled(
            every_s=period,
            last_at=datetime.fromisoformat(ran[task]["at"]).timestamp() if task in ran else None,
        )
        for task, period in periods.items()
        if period
    }


def _cache(target: str) -> dict[str, dict[str, float]]:
    """Read the cache library's counters, empty where its Redis is away (the sampler `redis` says so)."""
    return {namespace: _counts(one) for namespace, one in Cache(cache_client(target)).statistics().items()}


def _cache_functions(target: str) -> dict[tuple[str, str], dict[str, float]]:
    counted = Cache(cache_client(target)).function_statistics()
    return {(one.namespace, one.function): _counts(one) for one in counted if one.function}


def _counts(counted: NamespaceStatistics) -> dict[str, float]:
    return {name: value for name, value in asdict(counted).items() if isinstance(value, int)}
