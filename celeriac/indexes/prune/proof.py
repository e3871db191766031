"""Prove that nobody used an index: no scan on any server over whole business cycles, on a table that was in use.

A counter that was reset in between proves nothing of the time before, and what our own EXPLAINs added is no use.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from celeriac.indexes.policy import PrunePolicy
from celeriac.ledger.usage import Snapshot

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Unproven:
    """Nothing is known yet that would let the index go."""

    reason: str


@dataclass(frozen=True, slots=True)
class Used:
    """Somebody used it within the time looked at."""

    scans: int


@dataclass(frozen=True, slots=True)
class Unused:
    """Nobody used it, on any server, over this long."""

    over: timedelta
    servers: int
    reads_per_day: float
    writes_per_day: float


Proof = Unused | Used | Unproven


def prove(
    snapshots: Sequence[Snapshot], *, servers: Sequence[str], planned: int, now: datetime, policy: PrunePolicy
) -> Proof:
    """Judge the use of one index since `begins`; `planned` are the scans of our own EXPLAINs since then."""
    begin = begins(now, policy)
    windows = []
    for server in servers:
        window = _window([one for one in snapshots if one.reading.server == server], server, begin, now, policy)
        if isinstance(window, Unproven):
            return window
        windows.append(window)
    scans = sum(last.reading.scans - first.reading.scans for first, last in windows)
    if scans > planned:
        return Used(scans - planned)
    if scans < planned:
        return Unproven(f"{planned} scans of our own planning were noted and {scans} counted: the two do not add up")
    return _of_a_busy_table(windows, policy)


def begins(now: datetime, policy: PrunePolicy) -> datetime:
    """Return the instant before which the first snapshot of a proof must lie."""
    return now - policy.business_cycle * policy.cycles


def _window(
    snapshots: Sequence[Snapshot], server: str, begin: datetime, now: datetime, policy: PrunePolicy
) -> tuple[Snapshot, Snapshot] | Unproven:
    before = [one for one in snapshots if one.at <= begin]
    if not before:
        days = (now - begin) // _DAY
        return Unproven(f"{server} has not been watched for {days} days yet")
    window = [before[-1], *(one for one in snapshots if one.at > begin)]
    for earlier, later in pairwise(window):
        if _was_reset(earlier, later):
            return Unproven(f"the counters of {server} were reset after {earlier.at:%Y-%m-%d %H:%M}")
    instants = [one.at for one in window[1:]] + [now]
    widest = max((b - a for a, b in pairwise([begin, *instants])), default=now - begin)
    if widest > policy.max_gap:
        return Unproven(f"{server} was not watched for {widest / _DAY:.1f} days on end: a reset could hide there")
    return window[0], window[-1]


def _was_reset(earlier: Snapshot, later: Snapshot) -> bool:
    a, b = earlier.reading, later.reading
    shrunk = b.scans < a.scans or b.table_reads < a.table_reads or b.table_writes < a.table_writes
    return shrunk or a.stats_reset != b.stats_reset


def _of_a_busy_table(windows: Sequence[tuple[Snapshot, Snapshot]], policy: PrunePolicy) -> Proof:
    over = min(last.at - first.at for first, last in windows)
    days = max(over / _DAY, 1e-9)
    reads = sum(last.reading.table_reads - first.reading.table_reads for first, last in windows) / days
    first, last = windows[0]  # the primary: replicas do not write
    writes = (last.reading.table_writes - first.reading.table_writes) / days
    if reads < policy.min_reads_per_day or writes < policy.min_writes_per_day:
        return Unproven(f"its table had {reads:,.0f} reads and {writes:,.0f} writes a day: too quiet to prove anything")
    return Unused(over, len(windows), reads, writes)
