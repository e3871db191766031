"""One statement before and after a change: better, worse, or not the change's doing.

Blocks touched per call (hit + read) do not depend on load or cache, so they say whether a plan changed at all; WAL
bytes per call say whether writes got heavier. Where neither moved, a change of time is somebody else's, unless it is a
read that takes half as long while unrelated statements take what they took. Where one did, Welch's test says whether
time followed, unless rows per call, or the size of the table, moved enough to explain it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from celeriac.indexes import welch
from celeriac.statements.statement import Counters, Statement

Finding = Literal["better", "worse", "same", "unsure", "data changed", "too few calls"]
"""Unsure: blocks and time moved together, by what chance may have done to calls that differ as much as these."""

FEWEST_CALLS = 5
"""Below that a mean says nothing."""
_MOVED_RATIO = 0.10
_ROWS_MOVED_RATIO = 0.25
_RANDOM_READ = 4.0
"""What one block costs that an index leads to, by one read in sequence (`random_page_cost`): only where blocks fell by
more are they proof of a gain by themselves; else time has to confirm it."""
_ERROR_RATIO = 0.5
"""Standard error of a mean, by the mean, up to which it is no chance that blocks fell to a quarter.

Few huge calls make means too high, not low.
"""
_WHOLE_RATIO = 0.8
"""Of the table's blocks: who touched so many before read all of it; it may have grown since the window began."""
_HALF = 0.5
"""A gain that time alone shows must be beyond what loads that come and go do to one statement more than to others."""
_CACHED = 0.95
"""Of a statement's blocks, found in shared buffers: below that its time may tell of the cache."""
_CONTROLS = 3
"""Fewer statements than that are no control of drift."""
_DRIFT_BOUNDS = (0.25, 4.0)
_PAGE_IMAGE_BYTES = 256
"""Full-page images after a checkpoint come and go; WAL per call must move by more than this to count."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A statement's measurements on both sides of a change, per call, and what they say."""

    fingerprint: str
    writes: bool
    finding: Finding
    calls_before: int
    calls_after: int
    mean_ms_before: float
    mean_ms_after: float
    blocks_per_call_before: float
    blocks_per_call_after: float
    wal_bytes_per_call_before: float
    wal_bytes_per_call_after: float
    rows_per_call_before: float
    rows_per_call_after: float
    time_ratio: float
    """After by before, the drift of unrelated statements taken out."""
    p_value: float
    weight_ratio: float
    """Share of the time of all statements that touch the table."""

    @property
    def saved_ms_per_call(self) -> float:
        """What a call saves (negative: loses) against what it would have taken, drift included; 0 where unchanged."""
        if self.finding not in ("better", "worse") or self.time_ratio <= 0:
            return 0.0
        return self.mean_ms_after / self.time_ratio - self.mean_ms_after


def compare(
    before: Statement,
    after: Statement,
    *,
    writes: bool,
    drift: float,
    significance: float,
    weight_ratio: float,
    controlled: bool = False,
    pages: tuple[int, int] | None = None,
) -> Comparison:
    """Compare one statement; `drift` is by how much unrelated statements' times changed, where that is `controlled`.

    `pages` is the table's size before and now, None where it is not known.
    """
    one, other = before.counters, after.counters
    ratio = other.mean_ms / (one.mean_ms * drift) if one.mean_ms > 0 else 1.0
    samples = (
        welch.Sample(one.calls, one.mean_ms * drift, one.variance_ms2 * drift**2),
        welch.Sample(other.calls, other.mean_ms, other.variance_ms2),
    )
    p = welch.p_value(*samples)
    if ratio < 1:  # that the few huge calls have not come yet is no gain
        p = max(p, welch.pooled_p_value(*samples))
    return Comparison(
        fingerprint=before.fingerprint,
        writes=writes,
        finding=_find(
            one, other, ratio, p < significance, controlled=controlled and not writes, pages=None if writes else pages
        ),
        calls_before=one.calls,
        calls_after=other.calls,
        mean_ms_before=one.mean_ms,
        mean_ms_after=other.mean_ms,
        blocks_per_call_before=one.blocks_per_call,
        blocks_per_call_after=other.blocks_per_call,
        wal_bytes_per_call_before=one.wal_bytes_per_call,
        wal_bytes_per_call_after=other.wal_bytes_per_call,
        rows_per_call_before=one.rows_per_call,
        rows_per_call_after=other.rows_per_call,
        time_ratio=ratio,
        p_value=p,
        weight_ratio=weight_ratio,
    )


def drift(before: dict[str, Statement], after: dict[str, Statement], touched: Iterable[str]) -> float:
    """Return by how much the times of statements that have nothing to do with the table changed: a weighted median.

    Only statements whose blocks and rows per call stayed count: the others may be another change's doing.
    """
    controls = _controls(before, after, touched)
    if len(controls) < _CONTROLS:
        return 1.0
    low, high = _DRIFT_BOUNDS
    return min(high, max(low, _weighted_median(controls)))


def is_controlled(before: dict[str, Statement], after: dict[str, Statement], touched: Iterable[str]) -> bool:
    """Tell whether enough unrelated statements ran on both sides to know the drift."""
    return len(_controls(before, after, touched)) >= _CONTROLS


def _controls(
    before: dict[str, Statement], after: dict[str, Statement], touched: Iterable[str]
) -> list[tuple[float, float]]:
    related = set(touched)
    return sorted(
        (other.counters.mean_ms / one.counters.mean_ms, one.counters.total_ms + other.counters.total_ms)
        for fingerprint, one in before.items()
        if fingerprint not in related
        and (other := after.get(fingerprint)) is not None
        and _is_control(one.counters, other.counters)
    )


def _find(
    before: Counters,
    after: Counters,
    ratio: float,
    significant: bool,
    *,
    controlled: bool,
    pages: tuple[int, int] | None,
) -> Finding:
    if min(before.calls, after.calls) < FEWEST_CALLS:
        return "too few calls"
    blocks = _ratio(before.blocks_per_call, after.blocks_per_call, 1.0)
    if not _has_moved(before, after):
        return "better" if controlled and significant and _is_halved(before, after, ratio) else "same"
    rows = _ratio(before.rows_per_call, after.rows_per_call, 1.0)
    if _excused_by_rows(rows, blocks) or _excused_by_size(before, after, pages):
        return "data changed"
    # Short calls gain less than long ones when load falls: who is no slower by the clock is not blamed for the drift.
    if significant and ratio > 1 and after.mean_ms > before.mean_ms:
        return "worse"
    if (significant and ratio < 1) or (blocks < 1 / _RANDOM_READ and _are_alike(before, after)):
        return "better"
    is_likely = (blocks < 1 and ratio < 1 - _MOVED_RATIO) or (blocks > 1 and ratio > 1 + _MOVED_RATIO)
    return "unsure" if is_likely and not significant else "same"


def _has_moved(before: Counters, after: Counters) -> bool:
    """Tell whether a call touches other blocks than it did, by a tenth of them and by a whole one at least.

    WAL alone is no witness: page images after a checkpoint come and go, and reads write some when they tidy a page. An
    entry in an index more is a block more, so where blocks grew a little, WAL says whether it was for an entry.
    """
    more = after.blocks_per_call - before.blocks_per_call
    if abs(more) < 1:
        return False
    blocks = _ratio(before.blocks_per_call, after.blocks_per_call, 1.0)
    wal = _ratio(before.wal_bytes_per_call, after.wal_bytes_per_call, _PAGE_IMAGE_BYTES)
    return abs(blocks - 1) > _MOVED_RATIO or (blocks > 1 + _MOVED_RATIO / 2 and wal > 1 + _MOVED_RATIO)


def _are_alike(before: Counters, after: Counters) -> bool:
    """Tell whether calls differ so little, and are so many, that their mean tells of all.

    Nothing is known of how blocks differ from call to call; where work does, time does as well.
    """
    if before.mean_ms <= 0:
        return True
    variation = before.stddev_ms / before.mean_ms
    return variation * math.sqrt(1 / before.calls + 1 / after.calls) <= _ERROR_RATIO


def _is_halved(before: Counters, after: Counters, ratio: float) -> bool:
    """Tell whether a statement whose blocks did not move takes half of the time, and not because they are cached now.

    An index-only scan that looks into the table for what was changed lately can touch as many blocks as the scan did.
    """
    return ratio < _HALF and min(_cached(before), _cached(after)) >= _CACHED


def _cached(counters: Counters) -> float:
    return counters.shared_hit_blocks / counters.blocks if counters.blocks else 1.0


def _excused_by_rows(rows: float, blocks: float) -> bool:
    """Tell whether rows per call moved, in the direction and by enough to explain the blocks.

    A plan whose blocks grow with its rows, or with their square at worst (a nested loop), is not a new plan.
    """
    moved = abs(rows - 1) > _ROWS_MOVED_RATIO
    if not moved or rows <= 0 or blocks <= 0 or (rows > 1) != (blocks > 1):
        return False
    return abs(math.log(blocks)) <= 2 * abs(math.log(rows))


def _excused_by_size(before: Counters, after: Counters, pages: tuple[int, int] | None) -> bool:
    """Tell whether a call read the whole table, and the table's size moved in the direction and by enough for that."""
    if pages is None or min(pages) <= 0 or before.blocks <= 0 or after.blocks <= 0:
        return False
    growth, blocks = pages[1] / pages[0], after.blocks_per_call / before.blocks_per_call
    if abs(growth - 1) <= _MOVED_RATIO or (growth > 1) != (blocks > 1):
        return False
    whole = before.blocks_per_call >= _WHOLE_RATIO * pages[0]
    return whole and abs(math.log(blocks)) <= abs(math.log(growth)) + math.log1p(_ROWS_MOVED_RATIO)


def _is_control(before: Counters, after: Counters) -> bool:
    return (
        min(before.calls, after.calls) >= FEWEST_CALLS
        and before.mean_ms > 0
        and after.mean_ms > 0
        and abs(_ratio(before.blocks_per_call, after.blocks_per_call, 1.0) - 1) <= _MOVED_RATIO
        and abs(_ratio(before.rows_per_call, after.rows_per_call, 1.0) - 1) <= _ROWS_MOVED_RATIO
    )


def _ratio(before: float, after: float, floor: float) -> float:
    """Return after by before with a floor under both, so that a step from 0 to 1 is no infinite growth."""
    return (after + floor) / (before + floor)


def _weighted_median(pairs: list[tuple[float, float]]) -> float:
    half = sum(weight for _, weight in pairs) / 2
    passed = 0.0
    for value, weight in pairs:
        passed += weight
        if passed >= half:
            return value
    return 1.0
