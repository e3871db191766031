"""The public, composite tasks: optimize the database, optimize the caching, and tell how both are.

They compose what the scheduled tasks do one by one; results are small, and what is larger is published under
`celeriac:<target>:<kind>` and referred to by that key.
"""

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from celery import shared_task
from sqlalchemy import Connection

from celeriac.cache import Cache
from celeriac.cache.analysis import Analysis
from celeriac.cache.analysis import server as redis_server
from celeriac.errors import CeleriacError
from celeriac.ledger import changes, control
from celeriac.metrics import history
from celeriac.statements import extension, reading
from celeriac.statements.statement import Counters
from config.database import ledger, pool_status, read_only
from config.redis import cache_client
from config.refusals import LedgerMissing
from config.settings import settings
from tasks import cache as caching
from tasks import indexes, outcomes, results, statements
from tasks.base import OptimizerTask

SHOWN = 3
"""Entries of each list in a result: events cut it at 1 KB."""
TEXT_CHARS = 90
LIVE_S = 600
"""A live snapshot older than this is none."""


@shared_task(name="celeriac.performance.optimize_database", base=OptimizerTask, bind=True)
def optimize_database(self: OptimizerTask, target: str = "main") -> dict[str, Any]:
    """Capture, name the slow statements, recommend indexes and, as the target's mode allows, dispatch their builds."""
    self.progress(0, 3, "steps", "capturing statements")
    captured = statements.capture.run(target=target)
    self.progress(1, 3, "steps", "recommending indexes")
    advised = indexes.recommend.run(target=target)
    self.progress(3, 3, "steps", "done")
    slowest = (results.latest("slow_statements", target) or {}).get("statements", [])
    recommended = (results.latest("recommendations", target) or {}).get("recommendations", [])
    return {
        "status": advised["status"],
        "slow_queries": [_short(one, "query", "calls", "mean_ms") for one in slowest[:SHOWN]],
        "recommendations": [_short(one, "ddl", "saving_ratio") for one in recommended[:SHOWN]],
        "counts": {"slow_queries": len(slowest), "recommendations": len(recommended)},
        "dispatched": advised.get("dispatched", []),
        "reason": advised.get("reason") or captured["note"],
        "documents": [results.key("slow_statements", target), results.key("recommendations", target)],
    }


@shared_task(name="celeriac.performance.optimize_caching", base=OptimizerTask, bind=True)
def optimize_caching(self: OptimizerTask, target: str = "main") -> dict[str, Any]:
    """Warm the cache by its warmers, look at its Redis, and mend there what is safe and can be undone."""
    self.progress(0, 3, "steps", "warming")
    warmed = caching.warm.run(target=target)
    self.progress(1, 3, "steps", "analysing Redis")
    analysis = caching.look(target)
    self.progress(2, 3, "steps", "mending")
    mended = [] if _paused(target) else _mended(target, analysis)
    self.progress(3, 3, "steps", "done")
    server = asdict(analysis.server)
    return {
        "status": "done",
        "cache_implemented": {
            "warmed": warmed.get("warmed", 0),
            "bytes": warmed.get("bytes", 0),
            "replayed": warmed.get("replayed", 0),
            "mended": mended,
            "note": warmed.get("reason") or warmed.get("stopped"),
        },
        "cache_stats": {name: server[name] for name in ("keys", "clients", "used_memory_bytes", "hits", "misses")},
        "findings": [finding.check for finding in analysis.findings],
        "documents": [results.key("cache_analysis", target), results.key("cache_warm", target)],
    }


def _mended(target: str, analysis: Analysis) -> list[str]:
    """Mend what is safe; without a ledger, where it would be recorded, nothing is changed."""
    try:
        return caching.mend(target, analysis)
    except LedgerMissing:
        return []


@shared_task(name="celeriac.performance.monitor", base=OptimizerTask, bind=True, exclusive=False)
def monitor(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Tell how database and cache are right now, as cheaply as can be."""
    snapshot = {**_snapshot(target), "paused": _paused(target)}
    results.publish("monitor", target, snapshot, ttl_s=LIVE_S)
    return snapshot


@shared_task(name="celeriac.performance.stats", base=OptimizerTask, bind=True, exclusive=False)
def stats(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Publish everything that is known of a target, and return its outline."""
    snapshot = _snapshot(target)
    with ledger(target) as state:
        by_state = Counter(change.state for change in changes.all_of(state, target))
        held = control.in_force(state, target, paused=settings().loop.paused)
        metrics = [asdict(one) for one in history.latest(state, target, settings().metrics)]
    cache = Cache(cache_client(target), policy=settings().cache)
    namespaces = {name: asdict(counted) for name, counted in cache.statistics().items()}
    cache.close()
    document = {
        **snapshot,
        "mode": held.effective_mode(settings().loop_policy(target).mode),
        "paused": held.why,
        "changes": dict(by_state),
        "namespaces": namespaces,
        "tasks": outcomes.read(),
        "metrics": metrics,
        "pools": [asdict(pool) for pool in pool_status()],
    }
    results.publish("stats", target, document)
    return {
        **snapshot,
        "mode": document["mode"],
        "paused": document["paused"],
        "changes": document["changes"],
        "tasks_failed": int(sum(counters["failed"] for counters in outcomes.read().values())),
        "metrics": len(metrics),
        "document": results.key("stats", target),
    }


def _paused(target: str) -> str | None:
    """Return why every change is paused; None where none is, or where no ledger says so."""
    try:
        with ledger(target) as state:
            return control.in_force(state, target, paused=settings().loop.paused).why
    except LedgerMissing:
        return None


def _snapshot(target: str) -> dict[str, Any]:
    with read_only(target) as connection:
        database = _database(connection)
    server = redis_server.read(cache_client(target))
    return {
        "database": database,
        "cache": {
            "connected_clients": server.clients,
            "used_memory_human": _human(server.used_memory_bytes),
            "total_keys": server.keys,
            "hit_ratio": round(server.hit_ratio, 4),
        },
        "timestamp": datetime.now(UTC).isoformat(),
    }


def _database(connection: Connection) -> dict[str, Any]:
    """Return calls and mean time since the statistics began; why not, where they cannot be read."""
    try:
        read = reading.read(connection, extension.find(connection))
    except CeleriacError as unavailable:
        return {"total_queries": None, "avg_query_time": None, "reason": str(unavailable)}
    load = sum((entry.counters for entry in read.entries.values()), Counters())
    return {
        "total_queries": load.calls,
        "avg_query_time": round(load.mean_ms, 3),
        "statements": len(read.entries),
    }


def _short(entry: dict[str, Any], text: str, *numbers: str) -> dict[str, Any]:
    words = " ".join(str(entry[text]).split())
    return {text: words if len(words) <= TEXT_CHARS else words[: TEXT_CHARS - 1] + "…"} | {
        name: round(entry[name], 3) for name in numbers
    }


def _human(size_bytes: float) -> str:
    """Write a size as Redis does.

    >>> _human(1_572_864), _human(512)
    ('1.50M', '512B')
    """
    for unit in ("B", "K", "M", "G"):
        if size_bytes < 1024:
            return f"{size_bytes:.0f}B" if unit == "B" else f"{size_bytes:.2f}{unit}"
        size_bytes /= 1024
    return f"{size_bytes:.2f}T"
