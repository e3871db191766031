"""The caches for readers: how Redis and its namespaces do, their hit rates over time, and what warming brought."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import Connection, select

from celeriac.ledger import clock
from celeriac.ledger.models.caching import WarmRun as _Row
from celeriac.metrics import history
from celeriac.metrics.history import Series, Step
from web.documents.source import latest, reading

SERVER_LOOKUPS: Final = "celeriac_redis_lookups_total"
LIBRARY_LOOKUPS: Final = "celeriac_cache_lookups_total"
WARM_RUNS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class HitRatePoint:
    """The share of look-ups that found something, in one step of time."""

    at: datetime
    hit_ratio: float
    lookups: int


@dataclass(frozen=True, slots=True)
class WarmRun:
    """One run of a warmer: what it cost and what it brought."""

    kind: str
    """buffers, index or cache."""
    started_at: datetime
    seconds: float
    warmed: int
    bytes: int
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CacheDocument:
    """Everything that is known of a target's caches."""

    analysed_at: str | None
    server: dict[str, Any]
    """What Redis says of itself; empty until `celeriac.cache.analyze` ran."""
    namespaces: dict[str, dict[str, Any]]
    """Counters of the cache library by namespace."""
    findings: tuple[dict[str, Any], ...]
    hit_rates: dict[str, tuple[HitRatePoint, ...]]
    """`redis` for the server, the others by namespace."""
    warm_runs: tuple[WarmRun, ...]
    advice: dict[str, Any]


def caches(target: str, *, hours: int = 24) -> CacheDocument:
    """Return a target's caches, their hit rates over the last hours and the latest warm runs."""
    analysis = latest("cache_analysis", target)
    with reading(target) as connection:
        rates = _hit_rates(connection, target, timedelta(hours=hours))
        runs = _warm_runs(connection, target)
    return CacheDocument(
        analysed_at=analysis.get("produced_at"),
        server=analysis.get("server", {}),
        namespaces=analysis.get("namespaces", {}),
        findings=tuple(analysis.get("findings", ())),
        hit_rates=rates,
        warm_runs=runs,
        advice=latest("cache_advice", target),
    )


def hit_ratio(target: str, *, hours: int = 1) -> float | None:
    """Return how much of what Redis was asked for in the last hours it had; None where nobody asked."""
    with reading(target) as connection:
        until = clock.instant(connection)
        # As sampled: the roll-ups of the last minutes are not written yet.
        server = _server(connection, target, until - timedelta(hours=hours), until, "sample")
    return overall(hit_rate(server))


def overall(points: Iterable[HitRatePoint]) -> float | None:
    """Return the ratio of all steps together, each by its look-ups; None without any.

    >>> at = datetime(2026, 1, 1)
    >>> overall((HitRatePoint(at, 0.5, 300), HitRatePoint(at, 1.0, 100))), overall(())
    (0.625, None)
    """
    known = tuple(points)
    asked = sum(point.lookups for point in known)
    return round(sum(point.hit_ratio * point.lookups for point in known) / asked, 4) if asked else None


def _server(
    connection: Connection, target: str, since: datetime, until: datetime, step: Step | None = None
) -> tuple[Series, ...]:
    labels = {"role": "cache"}
    return history.read(connection, target, SERVER_LOOKUPS, since=since, until=until, labels=labels, step=step)


def _hit_rates(connection: Connection, target: str, span: timedelta) -> dict[str, tuple[HitRatePoint, ...]]:
    until = clock.instant(connection)
    since = until - span
    return _rates(connection, target, since, until) or _rates(connection, target, since, until, "sample")


def _rates(
    connection: Connection, target: str, since: datetime, until: datetime, step: Step | None = None
) -> dict[str, tuple[HitRatePoint, ...]]:
    """Read roll-ups, which a database that was met minutes ago has none of yet, or samples."""
    server = _server(connection, target, since, until, step)
    library = history.read(connection, target, LIBRARY_LOOKUPS, since=since, until=until, step=step)
    by_name: dict[str, list[Series]] = defaultdict(list)
    by_name["redis"] = [*server]
    for series in library:
        by_name[series.labels["namespace"]].append(series)
    rates = {name: hit_rate(series) for name, series in by_name.items()}
    return {name: points for name, points in rates.items() if points}


def hit_rate(series: Iterable[Series]) -> tuple[HitRatePoint, ...]:
    """Turn counters of look-ups by outcome into ratios, step by step; a restart of the counter adds nothing."""
    lookups: dict[datetime, int] = defaultdict(int)
    hits: dict[datetime, int] = defaultdict(int)
    for one in series:
        for before, after in pairwise(one.points):
            grown = int(max(0.0, after.last - before.last))
            lookups[after.at] += grown
            hits[after.at] += grown if one.labels.get("outcome") == "hit" else 0
    return tuple(HitRatePoint(at, round(hits[at] / asked, 4), asked) for at, asked in sorted(lookups.items()) if asked)


def _warm_runs(connection: Connection, target: str) -> tuple[WarmRun, ...]:
    columns = _Row.__table__.c
    rows = connection.execute(
        select(columns.kind, columns.started_at, columns.seconds, columns.warmed, columns.bytes, columns.detail)
        .where(columns.target == target)
        .order_by(columns.id.desc())
        .limit(WARM_RUNS_SHOWN)
    )
    return tuple(WarmRun(**row) for row in rows.mappings())
