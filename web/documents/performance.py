"""How database and caches are: a live snapshot, and everything that is known in figures."""

from dataclasses import asdict, dataclass
from typing import Any

from redis.exceptions import RedisError

from celeriac.ledger import control
from celeriac.metrics import history
from config.database import pool_status
from config.settings import settings
from tasks import outcomes
from tasks import performance as composite
from web.documents import changes
from web.documents.source import ResultsAway, latest, reading


@dataclass(frozen=True, slots=True)
class DatabaseFigures:
    """What pg_stat_statements says since its counters began."""

    total_queries: int | None
    avg_query_time: float | None
    """Milliseconds."""
    statements: int | None
    reason: str | None
    """Why there are no figures."""


@dataclass(frozen=True, slots=True)
class CacheFigures:
    """What the cache's Redis says."""

    connected_clients: int
    used_memory_human: str
    total_keys: int
    hit_ratio: float


@dataclass(frozen=True, slots=True)
class Monitor:
    """One look."""

    database: DatabaseFigures
    cache: CacheFigures
    timestamp: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """Everything in figures."""

    database: DatabaseFigures
    cache: CacheFigures
    timestamp: str
    mode: str
    paused: str | None
    """Why nothing is changed now; None where it is not paused."""
    changes: dict[str, int]
    saved_ms_per_hour: float
    tasks: dict[str, dict[str, float]]
    """Counters by task: runs, failed, retried, skipped, total_ms."""
    namespaces: dict[str, dict[str, Any]]
    metrics: tuple[history.Latest, ...]
    pools: tuple[dict[str, Any], ...]
    """This process's connections."""


def monitor(target: str) -> Monitor:
    """Look at a target now, and publish it as `celeriac.performance.monitor` does; raises TargetUnknown, TargetAway."""
    settings().target(target)
    try:
        snapshot = composite.monitor.run(target=target)
    except RedisError:
        raise ResultsAway from None
    database, cache = snapshot["database"], snapshot["cache"]
    return Monitor(
        database=DatabaseFigures(
            total_queries=database["total_queries"],
            avg_query_time=database["avg_query_time"],
            statements=database.get("statements"),
            reason=database.get("reason"),
        ),
        cache=CacheFigures(**cache),
        timestamp=snapshot["timestamp"],
    )


def statistics(target: str) -> Statistics:
    """Return everything that is known of a target in figures; raises TargetUnknown, TargetAway, ResultsAway."""
    now = monitor(target)
    counted = changes.counted(target)
    with reading(target) as state:
        held = control.in_force(state, target, paused=settings().loop.paused)
        metrics = history.latest(state, target, settings().metrics)
    return Statistics(
        database=now.database,
        cache=now.cache,
        timestamp=now.timestamp,
        mode=held.effective_mode(settings().loop_policy(target).mode),
        paused=held.why,
        changes=counted.by_state,
        saved_ms_per_hour=counted.saved_ms_per_hour,
        tasks=outcomes.read(),
        namespaces=latest("cache_analysis", target).get("namespaces", {}),
        metrics=metrics,
        pools=tuple(asdict(pool) for pool in pool_status() if pool.target == target),
    )
