"""What happened between two reads of pg_stat_statements, without ever resetting it; pure.

The counters grow until somebody resets them, the server crashes, the extension is full and evicts a statement, or a
failover leads to another server, which has counters of its own. Each must neither lose a window nor count a lifetime
as one window; where calls were lost the difference says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import reduce
from operator import add

from celeriac.statements.reading import Entry, Key, Reading, ServerState
from celeriac.statements.statement import Counters
from celeriac.statements.texts import OTHER, OURS, UNREAD

_GROWING = tuple(field.name for field in fields(Counters) if field.name != "square_ms2")
"""The sum of squares is computed from rounded figures and may shrink by a hair."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What each statement did since the starting point."""

    changes: Mapping[Key, Counters]
    """Statements that ran, keyed as the server does."""
    notes: tuple[str, ...] = ()
    complete: bool = True
    comparable: bool = True
    """False where the counters are another server's: this read can only be a new starting point."""


def difference(before: Reading, now: Reading) -> Difference:
    """Subtract what the server said at the last capture from what it says now."""
    if reason := _not_comparable(before.server, now.server):
        return Difference({}, notes=(reason,), complete=False, comparable=False)
    reset = _was_reset(before.server, now.server)
    known: Mapping[Key, Entry] = {} if reset else before.entries
    again = {key for key in known.keys() & now.entries.keys() if _started_over(known[key], now.entries[key])}
    grown = {
        key: entry.counters - known[key].counters if key in known and key not in again else entry.counters
        for key, entry in now.entries.items()
    }
    gone = len(again) + len(known.keys() - now.entries.keys())
    losses = _losses(before.server, now.server, reset=reset, gone=gone)
    return Difference(
        changes={key: _clean(counters) for key, counters in grown.items() if counters.calls > 0},
        notes=(*losses, *_restart(before.server, now.server)),
        complete=not losses,
    )


def fold(
    changes: Mapping[Key, Counters], fingerprints: Mapping[Key, str], most: int
) -> tuple[dict[str, Counters], Counters]:
    """Add up by statement, `most` of them by total time; the second value is all the rest of the load.

    One statement has several keys where its queryid changed, or where two search paths give one text two meanings.
    """
    sums: dict[str, Counters] = {}
    for key, counters in changes.items():
        if (name := fingerprints[key]) != OURS:
            sums[name] = sums.get(name, Counters()) + counters
    other = sums.pop(OTHER, Counters()) + sums.pop(UNREAD, Counters())
    by_time = sorted(sums.items(), key=lambda item: item[1].total_ms, reverse=True)
    return dict(by_time[:most]), reduce(add, (counters for _, counters in by_time[most:]), other)


def _not_comparable(before: ServerState, now: ServerState) -> str | None:
    """Say why counters cannot be subtracted: what began before we last looked, and is not what we saw, is another's."""
    if (before.stats_reset is None) != (now.stats_reset is None):
        return "pg_stat_statements was upgraded: a new starting point"
    moved = (
        now.postmaster_started_at != before.postmaster_started_at and now.postmaster_started_at <= before.read_at
    ) or (now.stats_reset is not None and now.stats_reset != before.stats_reset and now.stats_reset <= before.read_at)
    return "another server answers, as after a failover: a new starting point" if moved else None


def _was_reset(before: ServerState, now: ServerState) -> bool:
    return now.stats_reset != before.stats_reset


def _started_over(before: Entry, now: Entry) -> bool:
    return now.since != before.since or any(
        getattr(now.counters, name) < getattr(before.counters, name) for name in _GROWING
    )


def _losses(before: ServerState, now: ServerState, *, reset: bool, gone: int) -> list[str]:
    losses = []
    if reset:
        losses.append("the counters were reset: calls before the reset are missing")
    if gone:
        losses.append(f"statements that were evicted or reset: {gone}, of which some calls are missing")
    rounds = 0 if reset else (now.dealloc or 0) - (before.dealloc or 0)
    if rounds > 0:
        losses.append(
            f"pg_stat_statements was full and evicted statements {rounds} times: raise pg_stat_statements.max"
        )
    return losses


def _restart(before: ServerState, now: ServerState) -> list[str]:
    return ["the server was restarted"] if now.postmaster_started_at != before.postmaster_started_at else []


def _clean(counters: Counters) -> Counters:
    """Keep the sum of squares above the least that calls and total allow, whatever rounding did."""
    least = counters.total_ms**2 / counters.calls
    return counters if counters.square_ms2 >= least else replace(counters, square_ms2=least)
