"""A regression's two sides as the ledger keeps them: for readers, and for the windows that are compared with it."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from celeriac.statements.regressions.shift import Shift
from celeriac.statements.regressions.usual import Level, Usual, read_ratio
from celeriac.statements.statement import Counters


def usual_side(usual: Usual) -> dict[str, Any]:
    """Return what was usual, per call and hour, and under `usual` the whole of it."""
    return {
        "basis": usual.basis,
        "hours": usual.hours,
        "mean_ms": round(math.exp(usual.time.log), 4),
        "calls_per_hour": round(math.exp(usual.calls_per_hour.log), 2),
        "blocks_per_call": round(math.expm1(usual.blocks.log), 2),
        "rows_per_call": round(math.expm1(usual.rows.log), 2),
        "read_ratio": round(usual.read_ratio, 4),
        "io_ms_per_call": round(usual.io_ms_per_call, 4),
        "temp_blocks_per_call": round(usual.temp_blocks_per_call, 2),
        "usual": asdict(usual),
    }


def usual_from(baseline: Mapping[str, Any]) -> Usual | None:
    """Return what was usual when a regression began, None for one that has no such side."""
    document = baseline.get("usual")
    if document is None:
        return None
    levels = ("time", "blocks", "rows", "calls_per_hour")
    return Usual(**{**document, **{name: Level(**document[name]) for name in levels}})


def present_side(counters: Counters, seconds: float) -> dict[str, Any]:
    """Return the figures of a window."""
    return {
        "mean_ms": round(counters.mean_ms, 4),
        "calls_per_hour": round(counters.calls * 3600 / seconds, 2),
        "blocks_per_call": round(counters.blocks_per_call, 2),
        "rows_per_call": round(counters.rows_per_call, 2),
        "read_ratio": round(read_ratio(counters), 4),
        "io_ms_per_call": round(counters.io_ms / counters.calls, 4),
        "temp_blocks_per_call": round(counters.temp_blocks / counters.calls, 2),
        "calls": counters.calls,
        "seconds": round(seconds, 1),
    }


def shifted_side(shift: Shift) -> dict[str, Any]:
    """Return the figures of a window with its distances from what is usual."""
    return present_side(shift.counters, shift.seconds) | {
        "time_ratio": round(shift.time_ratio, 3),
        "time_sigmas": round(shift.time_sigmas, 2),
        "blocks_ratio": round(shift.blocks_ratio, 3),
        "rows_ratio": round(shift.rows_ratio, 3),
        "calls_ratio": round(shift.calls_ratio, 3),
        "load_ratio": round(shift.load_ratio, 3),
        "share": round(shift.share, 4),
    }
