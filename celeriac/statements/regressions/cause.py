"""Name the cause of a regression as far as numbers tell, in a sentence that holds them; pure.

Rows and blocks per call depend on no load: more rows are more data, more blocks for the same rows another plan. Where
neither moved, what is left is waiting: for reads, for locks or for a processor.
"""

import math
from typing import Literal

from celeriac.statements.regressions.judge import Found, has_more_blocks, has_more_rows
from celeriac.statements.regressions.shift import Shift
from celeriac.statements.regressions.usual import Usual, read_ratio

Cause = Literal["data", "plan", "spill", "cache", "io", "contention", "traffic", "new", "load"]

_SPILLED_BLOCKS = 8
_READ_MORE = 0.1
"""Of the blocks: a hit ratio moves by a few per cent by itself."""
_EXPLAINED = 0.5
"""Of the additional time, which reading must account for to be its cause."""


def cause_of(found: Found, usual: Usual) -> Cause:
    """Name the cause of what was found of a statement that is known."""
    if found.kind == "busier":
        return "traffic"
    shift = found.shift
    if has_more_rows(shift) and _rows_explain_blocks(shift):
        return "data"
    if has_more_blocks(shift):
        return "plan"
    if _spills(shift, usual):
        return "spill"
    return _waiting(shift, usual)


def sentence(cause: Cause, shift: Shift, usual: Usual) -> str:
    """Say what happened and why, with the figures of both sides.

    For every cause but `new` and `load`, which have no usual side.
    """
    if cause == "traffic":
        now = shift.counters.calls * 3600 / shift.seconds
        return (
            f"It is called {shift.calls_ratio:.1f} times as often as is usual "
            f"({_number(now / shift.calls_ratio)} -> {_number(now)} calls an hour): "
            f"{duration(shift.busier_ms_per_hour)} more an hour"
        )
    mean = shift.counters.mean_ms
    means = f"{_ms(mean / shift.time_ratio)} -> {_ms(mean)}"
    return (
        f"A call takes {shift.time_ratio:.1f} times as long as is usual ({means}), "
        f"{duration(shift.slower_ms_per_hour)} more an hour: {_why(cause, shift, usual)}"
    )


def newcomer_sentence(share: float, ms_per_hour: float) -> str:
    """Say that a statement is new and heavy.

    >>> newcomer_sentence(0.12, 90_000)
    'It was not seen before and takes 12% of the load, 90 s an hour'
    """
    return f"It was not seen before and takes {share:.0%} of the load, {duration(ms_per_hour)} an hour"


def load_sentence(ratio: float) -> str:
    """Say that everything is slower.

    >>> load_sentence(2.3)
    'All statements take 2.3 times as long as is usual for the same work: the server itself is short of something'
    """
    return (
        f"All statements take {ratio:.1f} times as long as is usual for the same work: "
        "the server itself is short of something"
    )


def duration(ms: float) -> str:
    """Write a time per hour for people.

    >>> duration(900), duration(45_200), duration(600_000)
    ('900 ms', '45 s', '10.0 min')
    """
    if ms < 1_000:
        return f"{ms:.0f} ms"
    return f"{ms / 1_000:.0f} s" if ms < 120_000 else f"{ms / 60_000:.1f} min"


def _rows_explain_blocks(shift: Shift) -> bool:
    """Tell whether blocks grew as the rows did, or as their square at worst (a nested loop)."""
    return math.log(max(shift.blocks_ratio, 1.0)) <= 2 * math.log(shift.rows_ratio)


def _spills(shift: Shift, usual: Usual) -> bool:
    now = shift.counters.temp_blocks / shift.counters.calls
    return now >= _SPILLED_BLOCKS and now >= 2 * usual.temp_blocks_per_call


def _waiting(shift: Shift, usual: Usual) -> Cause:
    one = shift.counters
    more_reads = read_ratio(one) >= max(usual.read_ratio + _READ_MORE, 2 * usual.read_ratio)
    additional_ms = one.mean_ms * (1 - 1 / shift.time_ratio)
    in_reading_ms = one.io_ms / one.calls - usual.io_ms_per_call
    if in_reading_ms >= _EXPLAINED * additional_ms:
        return "cache" if more_reads else "io"
    unmeasured = one.io_ms == 0 and usual.io_ms_per_call == 0  # track_io_timing is off
    return "cache" if unmeasured and more_reads else "contention"


def _why(cause: Cause, shift: Shift, usual: Usual) -> str:
    one = shift.counters
    rows = f"{_number(math.expm1(usual.rows.log))} -> {_number(one.rows_per_call)}"
    blocks = f"{_number(math.expm1(usual.blocks.log))} -> {_number(one.blocks_per_call)}"
    reading = f"{_ms(usual.io_ms_per_call)} -> {_ms(one.io_ms / one.calls)}"
    temp = f"{_number(usual.temp_blocks_per_call)} -> {_number(one.temp_blocks / one.calls)}"
    return {
        "data": f"it returns or writes more rows ({rows} a call) and touches blocks as they ask for ({blocks})",
        "plan": f"it touches more blocks for the same rows ({blocks} a call), as another plan does",
        "spill": f"it writes temporary blocks ({temp} a call): work_mem no longer holds what it sorts or hashes",
        "cache": f"the same blocks are read from disk more often ({usual.read_ratio:.0%} -> {read_ratio(one):.0%})",
        "io": f"the same blocks take longer to read ({reading} a call)",
        "contention": f"it touches as many blocks ({blocks} a call) for as many rows, so it waits: for a lock, "
        "a processor or the disk",
    }[cause]


def _ms(value: float) -> str:
    return f"{value:.2f} ms" if value < 10 else f"{value:,.0f} ms"


def _number(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"
