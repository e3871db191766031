"""Is a statement slower, busier or new? One judgement a statement and window, which heeds the window before; pure.

One window beyond a strict bound, or two in a row beyond a moderate one; a moderate one suffices where blocks or rows
per call, which no load moves, moved too. Whatever is certain and not worth a person's time is no finding.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from celeriac.statements.regressions.policy import RegressionPolicy
from celeriac.statements.regressions.shift import Shift, Stretch, load_of, shifts
from celeriac.statements.regressions.usual import Norm
from celeriac.statements.statement import Counters

Kind = Literal["slower", "busier", "new"]

_LOOSER = 0.9
"""Of `min_ratio`, which each of two windows must reach while their mean reaches it whole."""
_REST = 0.8
"""Of `min_ratio`, which must remain without the longest call."""
_LOAD_FLUTTER = 0.1
"""Of the load from window to window; the spread is that of hours."""
_WITNESS_RATIO = 1.3
_WITNESS_SIGMAS = 3.0


@dataclass(frozen=True, slots=True)
class Found:
    """A statement that is not as it was."""

    fingerprint: str
    kind: Kind
    shift: Shift
    shown_before: bool
    """By the window before as well."""


def judge(
    stretch: Stretch,
    previous: Stretch | None,
    norm: Norm,
    policy: RegressionPolicy,
    only: Callable[[str], bool] = lambda _: True,
) -> tuple[tuple[Found, ...], int]:
    """Return what is found in a window, and how many statements could be judged; `only` says which are asked for."""
    now = {name: shift for name, shift in judged(stretch, norm, policy).items() if only(name)}
    before = shifts(previous, norm) if previous is not None else {}
    found = []
    for name, shift in now.items():
        kind = find(shift, before.get(name), policy)
        if kind is not None:
            found.append(Found(name, kind, shift, _shows(before.get(name), kind, policy)))
    return tuple(found), len(now)


def judged(stretch: Stretch, norm: Norm, policy: RegressionPolicy) -> dict[str, Shift]:
    """Return the shifts of the statements that ran often enough in a window to be judged by it."""
    return {name: shift for name, shift in shifts(stretch, norm).items() if shift.counters.calls >= policy.min_calls}


def find(shift: Shift, before: Shift | None, policy: RegressionPolicy) -> Kind | None:
    """Judge one statement by its window and the one before."""
    if is_slower(shift, before, policy):
        return "slower"
    return "busier" if is_busier(shift, before, policy) else None


def is_slower(shift: Shift, before: Shift | None, policy: RegressionPolicy) -> bool:
    """Tell whether a call takes measurably longer, by enough to matter."""
    if not _matters(shift.slower_ms_per_hour, shift, policy):
        return False
    witnessed = is_witnessed(shift)
    if _is_once(shift, policy.witnessed_sigmas if witnessed else policy.once_sigmas, policy):
        return True
    return before is not None and _is_twice(
        shift, before, policy.witnessed_sigmas if witnessed else policy.twice_sigmas, policy
    )


def _is_once(shift: Shift, bound: float, policy: RegressionPolicy) -> bool:
    return (
        shift.time_sigmas >= bound
        and shift.time_ratio >= policy.min_ratio
        and shift.without_longest_ratio >= policy.min_ratio * _REST
    )


def _is_twice(shift: Shift, before: Shift, bound: float, policy: RegressionPolicy) -> bool:
    return (
        min(shift.time_sigmas, before.time_sigmas) >= bound
        and min(shift.time_ratio, before.time_ratio) >= policy.min_ratio * _LOOSER
        and shift.time_ratio * before.time_ratio >= policy.min_ratio**2
        and max(shift.without_longest_ratio, before.without_longest_ratio) >= policy.min_ratio * _REST
    )


def is_busier(shift: Shift, before: Shift | None, policy: RegressionPolicy) -> bool:
    """Tell whether a statement is called so much more often, and goes on to be, that the load tells."""
    if before is None or not _matters(shift.busier_ms_per_hour, shift, policy):
        return False
    return all(
        one.calls_ratio >= policy.traffic_ratio and one.calls_sigmas >= policy.traffic_sigmas for one in (shift, before)
    )


def is_witnessed(shift: Shift) -> bool:
    """Tell whether blocks or rows per call, which depend on no load, rose as well."""
    return has_more_blocks(shift) or has_more_rows(shift)


def has_more_blocks(shift: Shift) -> bool:
    """Tell whether a call touches more blocks than it usually does."""
    return shift.blocks_ratio >= _WITNESS_RATIO and shift.blocks_sigmas >= _WITNESS_SIGMAS


def has_more_rows(shift: Shift) -> bool:
    """Tell whether a call returns or writes more rows than it usually does."""
    return shift.rows_ratio >= _WITNESS_RATIO and shift.rows_sigmas >= _WITNESS_SIGMAS


def loaded(stretch: Stretch, previous: Stretch | None, norm: Norm, policy: RegressionPolicy) -> float | None:
    """Return how many times as long all statements take, None where that is nothing unusual in one of two windows."""
    if previous is None:
        return None
    sigma = math.hypot(norm.load.spread, _LOAD_FLUTTER)
    shifted = [load_of(one, norm) - norm.load.log for one in (stretch, previous)]
    high = min(shifted) >= max(math.log(policy.load_ratio), policy.traffic_sigmas * sigma)
    return math.exp(shifted[0]) if high else None


def newcomers(
    stretch: Stretch, previous: Stretch | None, seen_since: Collection[str], policy: RegressionPolicy
) -> Mapping[str, Counters]:
    """Return the statements first seen of late that already hold a large share of two windows."""
    if previous is None:
        return {}
    return {
        name: counters
        for name, counters in stretch.statements.items()
        if name in seen_since
        and _holds(counters, stretch, policy)
        and _holds(previous.statements.get(name, Counters()), previous, policy)
    }


def _shows(before: Shift | None, kind: Kind, policy: RegressionPolicy) -> bool:
    return before is not None and (kind == "busier" or before.time_ratio >= policy.resolve_ratio)


def _holds(counters: Counters, stretch: Stretch, policy: RegressionPolicy) -> bool:
    return (
        stretch.load_ms > 0
        and counters.total_ms >= policy.new_share * stretch.load_ms
        and counters.total_ms * 3600 >= policy.min_ms_per_hour * stretch.seconds
    )


def _matters(added_ms_per_hour: float, shift: Shift, policy: RegressionPolicy) -> bool:
    if added_ms_per_hour < policy.min_ms_per_hour:
        return False
    return added_ms_per_hour >= policy.min_share * shift.ms_per_hour / shift.share if shift.share > 0 else False
