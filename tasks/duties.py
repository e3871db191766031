"""Whether beat sends, statements are captured and metrics recorded: how many of its periods ago each last happened."""

import time
from collections.abc import Iterable, Iterator
from typing import Final

from redis.exceptions import RedisError

from beat_schedule import ENTRIES
from celeriac.alerts.observe import Reading
from celeriac.metrics import live
from celeriac.metrics.history import Latest
from config.settings import settings
from tasks import heartbeat

MISSED: Final = "celeriac_missed_runs"

_SHORTEST_S: Final = 10.0
"""A period counts as this at least: no beat and no worker is exact to the second."""
_DUTIES: Final = {"capture": ("statements_capture", live.CAPTURE), "metrics": ("metrics_record", live.SAMPLE)}


def missed(now: Iterable[Latest]) -> Iterator[Reading]:
    """How many periods ago each duty was last done; one that is switched off has none."""
    periods = {entry.name: period_s(entry.name) for entry in ENTRIES}
    on = [period for period in periods.values() if period]
    try:
        beat = heartbeat.last()
    except RedisError:  # without it this would not run; what it cannot say is not known
        beat = None
    if on and beat is not None:
        yield Reading(MISSED, {"duty": "beat"}, _periods(beat, min(on)))
    at = {one.name: one.value for one in now}
    for duty, (entry, metric) in _DUTIES.items():
        if periods[entry] and metric.name in at:
            yield Reading(MISSED, {"duty": duty}, _periods(at[metric.name], periods[entry]))


def period_s(entry: str) -> float:
    """Return how often beat sends an entry of the schedule, in seconds; 0 where it is switched off."""
    known = next(one for one in ENTRIES if one.name == entry)
    chosen = settings().schedule.every.get(entry, known.every / settings().schedule.speed)
    return chosen.total_seconds()


def _periods(at_s: float, period: float) -> float:
    return max(0.0, time.time() - at_s) / max(period, _SHORTEST_S)
