"""What promises turned out to be worth: measured saving against promised, and built size against estimated.

Each access method learns from its own changes. With few of them a factor stays near 1: so many imagined changes that
came out exactly as promised are counted in.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from celeriac.indexes.index import IndexDefinition, Recommendation
from celeriac.ledger.changes import Change

IMAGINED = 5
"""Changes that came out as promised, counted in beside the real ones."""
_MOST_SAVING_RATIO = 2.0
"""Of one change: a windfall says little about the next."""
_MOST_SIZE_RATIO = 4.0


@dataclass(frozen=True, slots=True)
class Observation:
    """One judged change: what the advisor's model said of it, before any calibration, and what came of it."""

    method: str
    promised_ms_per_hour: float
    measured_ms_per_hour: float | None
    """None where it was closed without a measurement."""
    estimated_bytes: float | None
    built_bytes: int | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is known of one access method."""

    method: str
    judged: int = 0
    promised_ms_per_hour: float = 0.0
    measured_ms_per_hour: float = 0.0
    saving_factor: float = 1.0
    """A promised saving times this is what to expect."""
    built: int = 0
    estimated_bytes: float = 0.0
    built_bytes: int = 0
    size_factor: float = 1.0
    """An estimated size times this is what to expect."""


Calibrations = Mapping[str, Calibration]


def observations(changes: Iterable[Change]) -> tuple[Observation, ...]:
    """Return what the builds in a ledger have taught; the factors that a promise was made with are taken out again."""
    return tuple(
        Observation(
            method=change.definition.get("method", "btree"),
            promised_ms_per_hour=_raw(change.promised.get("saving_ms_per_hour"), change, "saving_factor") or 0.0,
            measured_ms_per_hour=_measured(change),
            estimated_bytes=_raw(change.size_bytes_estimated, change, "size_factor"),
            built_bytes=change.size_bytes,
        )
        for change in changes
        if change.kind == "build" and (change.size_bytes is not None or _measured(change) is not None)
    )


def calibrate(seen: Iterable[Observation]) -> dict[str, Calibration]:
    """Return the calibration of each access method that was built, by its name."""
    by_method: dict[str, list[Observation]] = {}
    for one in seen:
        by_method.setdefault(one.method, []).append(one)
    return {method: _calibration(method, ones) for method, ones in sorted(by_method.items())}


def corrected(sizes: Mapping[IndexDefinition, int], known: Calibrations) -> dict[IndexDefinition, int]:
    """Return estimated sizes as they are to be expected."""
    return {definition: round(size * _of(known, definition).size_factor) for definition, size in sizes.items()}


def tempered(recommendation: Recommendation, known: Calibrations) -> Recommendation:
    """Return a recommendation that promises what is to be expected, and remembers by which factors."""
    found = _of(known, recommendation.definition)
    return replace(
        recommendation,
        saving_ms_per_hour=recommendation.saving_ms_per_hour * found.saving_factor,
        saving_factor=found.saving_factor,
        size_factor=found.size_factor,
    )


def _calibration(method: str, seen: list[Observation]) -> Calibration:
    judged = [one for one in seen if one.measured_ms_per_hour is not None and one.promised_ms_per_hour > 0]
    built = [one for one in seen if one.built_bytes and one.estimated_bytes]
    kept_in = [_clipped((one.measured_ms_per_hour or 0.0) / one.promised_ms_per_hour) for one in judged]
    errors = [_error(one) for one in built]
    return Calibration(
        method=method,
        judged=len(judged),
        promised_ms_per_hour=sum(one.promised_ms_per_hour for one in judged),
        measured_ms_per_hour=sum(one.measured_ms_per_hour or 0.0 for one in judged),
        saving_factor=(IMAGINED + sum(kept_in)) / (IMAGINED + len(kept_in)),
        built=len(built),
        estimated_bytes=sum(one.estimated_bytes or 0.0 for one in built),
        built_bytes=sum(one.built_bytes or 0 for one in built),
        # Sizes err by factors, so their logarithms are averaged.
        size_factor=math.exp(sum(errors) / (IMAGINED + len(errors))),
    )


def _clipped(ratio: float) -> float:
    return min(max(ratio, 0.0), _MOST_SAVING_RATIO)


def _error(one: Observation) -> float:
    assert one.built_bytes
    assert one.estimated_bytes
    limit = math.log(_MOST_SIZE_RATIO)
    return min(max(math.log(one.built_bytes / one.estimated_bytes), -limit), limit)


def _measured(change: Change) -> float | None:
    if change.evidence.get("decision") not in ("keep", "revert"):
        return None
    saved = change.evidence.get("saved_ms_per_hour")
    return None if saved is None else float(saved)


def _raw(value: float | None, change: Change, factor: str) -> float | None:
    applied = float(change.promised.get(factor) or 1.0)
    return None if value is None else float(value) / applied


def _of(known: Calibrations, definition: IndexDefinition) -> Calibration:
    return known.get(definition.method, Calibration(definition.method))
