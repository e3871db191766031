"""Courses from the history of metrics: sessions by state, and how often caches had what was asked of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from sqlalchemy import Connection

from celeriac.cli.report.document import Line, Mark, Plot
from celeriac.metrics import history
from celeriac.metrics.history import Series, Step

CONNECTIONS: Final = "celeriac_postgres_connections"
BLOCKS: Final = "celeriac_postgres_blocks_total"
LOOKUPS: Final = "celeriac_cache_lookups_total"
POINTS: Final = 84
"""Two hours each in a week."""
LINES_SHOWN: Final = 4
_FEWEST: Final = 12
"""Points, of which a course can be seen."""
_NO_METRICS: Final = "No metrics were recorded in this time: let beat run `celeriac.metrics.record`."

Read = Callable[[str], tuple[Series, ...]]
Axis = tuple[datetime, datetime]


def plots(ledger: Connection, target: str, axis: Axis, marks: tuple[Mark, ...]) -> tuple[Plot, ...]:
    """Read and lay out what was recorded over an axis."""

    def read(name: str) -> tuple[Series, ...]:
        return _read(ledger, target, name, axis)

    sessions = levels(read(CONNECTIONS), "state", axis)
    hits = (*ratios(read(BLOCKS), axis, "PostgreSQL buffers", hit="hit", outcome="source"), *_namespaces(read, axis))
    return (
        Plot("Sessions by state", "sessions", *axis, sessions, marks, _NO_METRICS),
        Plot("Found in the cache", "ratio", *axis, hits[:LINES_SHOWN], marks, _NO_METRICS),
    )


def levels(found: Iterable[Series], label: str, axis: Axis) -> tuple[Line, ...]:
    """Lay gauges on the axis, one line a value of `label`, those that are highest on average first."""
    summed: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for series in found:
        for point in series.points:
            summed[series.labels.get(label, "")][_slot(point.at, axis)].append(point.mean)
    lines = [
        Line(name, tuple(_mean(of.get(slot, ())) for slot in range(POINTS)))
        for name, of in sorted(summed.items(), key=lambda one: -sum(map(sum, one[1].values())))
    ]
    return tuple(lines[:LINES_SHOWN])


def ratios(found: Iterable[Series], axis: Axis, name: str, *, hit: str, outcome: str) -> tuple[Line, ...]:
    """Lay the share of `hit` among the increases of counters on the axis; a counter that fell was reset."""
    hits, asked = [0.0] * POINTS, [0.0] * POINTS
    for series in found:
        for before, after in pairwise(series.points):
            more = after.last - before.last
            if more > 0:
                slot = _slot(after.at, axis)
                asked[slot] += more
                hits[slot] += more if series.labels.get(outcome) == hit else 0.0
    if not any(asked):
        return ()
    return (Line(name, tuple(of / all_ if all_ else None for of, all_ in zip(hits, asked, strict=True))),)


def _namespaces(read: Read, axis: Axis) -> tuple[Line, ...]:
    of: dict[str, list[Series]] = defaultdict(list)
    for series in read(LOOKUPS):
        of[series.labels.get("namespace", "")].append(series)
    return tuple(
        line
        for name, found in sorted(of.items())
        for line in ratios(found, axis, f"cache {name}", hit="hit", outcome="outcome")
    )


def _read(ledger: Connection, target: str, name: str, axis: Axis) -> tuple[Series, ...]:
    """Read the coarsest step that fills the plot; a history that has just begun has only fine ones."""
    found: tuple[Series, ...] = ()
    for step in _steps(axis[1] - axis[0]):
        found = history.read(ledger, target, name, since=axis[0], until=axis[1], step=step)
        if any(len(series.points) >= _FEWEST for series in found):
            break
    return found


def _steps(span: timedelta) -> tuple[Step, ...]:
    """Return the steps to try.

    >>> _steps(timedelta(days=7)), _steps(timedelta(hours=6))
    (('hour', 'minute', 'sample'), ('minute', 'sample'))
    """
    coarsest = history.finest_step(span)
    every: tuple[Step, ...] = ("day", "hour", "minute", "sample")
    return every[every.index(coarsest) :]


def _slot(at: datetime, axis: Axis) -> int:
    since, until = axis
    return min(POINTS - 1, max(0, int((at - since) / (until - since) * POINTS)))


def _mean(values: Iterable[float]) -> float | None:
    known = [*values]
    return round(sum(known) / len(known), 3) if known else None


def hit_rates(latest: Iterable[history.Latest]) -> Mapping[str, float]:
    """Return hits by look-ups of each namespace, those left out that were never asked."""
    hits: dict[str, float] = defaultdict(float)
    asked: dict[str, float] = defaultdict(float)
    for one in latest:
        if one.name == LOOKUPS:
            asked[one.labels["namespace"]] += one.value
            hits[one.labels["namespace"]] += one.value if one.labels["outcome"] == "hit" else 0
    return {namespace: hits[namespace] / whole for namespace, whole in sorted(asked.items()) if whole}
