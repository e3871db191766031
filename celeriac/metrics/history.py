"""The history in the ledger: written in two statements a round, read by series, by step and by recency."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from celeriac import sql
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Sample, known
from celeriac.metrics.samplers import SAMPLERS

Step = Literal["sample", "minute", "hour", "day"]
"""As taken, or rolled up."""

_MOST_POINTS = 1_500
"""More than a plot of usual width can show."""
_STEPS: tuple[tuple[Step, timedelta], ...] = (
    ("minute", timedelta(minutes=1)),
    ("hour", timedelta(hours=1)),
    ("day", timedelta(days=1)),
)


@dataclass(frozen=True, slots=True)
class Point:
    """One step of a series; of a sample as taken all four values are the same."""

    at: datetime
    """The beginning of the step."""
    mean: float
    minimum: float
    maximum: float
    last: float
    """What a counter had reached at the end of the step."""


@dataclass(frozen=True, slots=True)
class Series:
    """A metric with its labels, and its points in order of time."""

    name: str
    labels: Mapping[str, str]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest value of a series."""

    name: str
    labels: Mapping[str, str]
    at: datetime
    value: float


def record(ledger: Connection, target: str, samples: Sequence[Sample], *, at: datetime | None = None) -> int:
    """Keep one round of samples at one instant, the database's by default; returns how many were kept."""
    unique = {(sample.name, sample.labels): sample for sample in known(samples)}.values()
    if not unique:
        return 0
    columns = {
        "target": target,
        "names": [sample.name for sample in unique],
        "labels": [json.dumps(dict(sample.labels), sort_keys=True) for sample in unique],
    }
    ledger.execute(sql.load(__file__, "add_series"), columns)
    values = {"values": [sample.value for sample in unique], "at": at}
    return ledger.execute(sql.load(__file__, "add_samples"), columns | values).rowcount


def read(
    ledger: Connection,
    target: str,
    name: str,
    *,
    since: datetime,
    until: datetime,
    labels: Mapping[str, str] | None = None,
    step: Step | None = None,
) -> tuple[Series, ...]:
    """Return every series of a name whose labels include `labels`; without `step`, the finest that a plot can show."""
    chosen = step or finest_step(until - since)
    rows = ledger.execute(
        sql.load(__file__, "read_samples" if chosen == "sample" else "read_rollups"),
        {
            "target": target,
            "name": name,
            "labels": json.dumps(dict(labels or {})),
            "since": since,
            "until": until,
            **({} if chosen == "sample" else {"step": chosen}),
        },
    )
    points: dict[int, tuple[Mapping[str, str], list[Point]]] = {}
    for row in rows:
        _, of_series = points.setdefault(row.series_id, (row.labels, []))
        of_series.append(Point(row.at, row.mean, row.minimum, row.maximum, row.last))
    return tuple(Series(name, labels_, tuple(of_series)) for labels_, of_series in points.values())


def latest(ledger: Connection, target: str, policy: MetricsPolicy) -> tuple[Latest, ...]:
    """Return the newest value of every series that is young enough to count as current."""
    rare = [sampler for sampler in SAMPLERS if sampler.rare]
    asked = {
        "target": target,
        "stale_after": policy.stale_after,
        "rare_stale_after": 2 * policy.rare_every,
        "rare_names": [metric.name for sampler in rare for metric in sampler.metrics],
        "rare_samplers": [sampler.name for sampler in rare],
    }
    rows = ledger.execute(sql.load(__file__, "latest"), asked)
    return tuple(Latest(row.name, row.labels, row.at, row.value) for row in rows)


def finest_step(span: timedelta) -> Step:
    """Choose the finest roll-up that shows a span in at most 1,500 points.

    >>> finest_step(timedelta(hours=6)), finest_step(timedelta(days=7)), finest_step(timedelta(days=365))
    ('minute', 'hour', 'day')
    """
    return next((step for step, length in _STEPS if span / length <= _MOST_POINTS), "day")
