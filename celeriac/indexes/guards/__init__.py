"""What may forbid a change, now: one module a reason, asked in this order before a change and, where marked, during it.

Each module reads its facts in `check` and decides in a pure `decide`; a refusal says what was seen and the bound.
"""

from collections.abc import Callable
from dataclasses import dataclass

from celeriac.indexes.guards import (
    baseline,
    disk,
    index_count,
    lag,
    load,
    mode,
    other_builds,
    pace,
    paused,
    quarantined,
    same_table,
    snapshot,
    storage,
    table_size,
    vacuum,
    window,
)
from celeriac.indexes.guards.context import Context
from celeriac.indexes.outcome import Clear, Outcome, Refused


@dataclass(frozen=True, slots=True)
class Guard:
    """One check and when it is asked: always before a build; `during` one as well; before a `drop` as well.

    Between the partitions of one build, each `part` is asked about the partition that is next.
    """

    check: Callable[[Context], Outcome]
    during: bool = False
    drop: bool = False
    part: bool = True


GUARDS: tuple[Guard, ...] = (
    Guard(paused.check, during=True, drop=True),
    Guard(mode.check),
    Guard(quarantined.check, part=False),
    Guard(window.check, during=True),
    Guard(pace.check, part=False),
    Guard(other_builds.check, drop=True),
    Guard(same_table.check, part=False),
    Guard(baseline.check, part=False),
    Guard(table_size.check),
    Guard(index_count.check),
    Guard(storage.check, part=False),
    Guard(disk.check, during=True),
    Guard(load.check),
    Guard(lag.check, during=True),
    Guard(snapshot.check),
    Guard(vacuum.check, drop=True),
)


def before_build(context: Context) -> Outcome:
    """Ask every guard; the first refusal, or Clear."""
    return _first_refusal(context, GUARDS)


def before_part(context: Context) -> Outcome:
    """Ask the guards that look at one partition, or at the moment, and not at the change as a whole."""
    return _first_refusal(context, tuple(guard for guard in GUARDS if guard.part))


def during_build(context: Context) -> Outcome:
    """Ask the guards that also stop a running build."""
    return _first_refusal(context, tuple(guard for guard in GUARDS if guard.during))


def before_drop(context: Context) -> Outcome:
    """Ask the guards that also hold for undoing: undoing harm does not wait for a window or for quiet."""
    return _first_refusal(context, tuple(guard for guard in GUARDS if guard.drop))


def _first_refusal(context: Context, guards: tuple[Guard, ...]) -> Outcome:
    for guard in guards:
        outcome = guard.check(context)
        if isinstance(outcome, Refused):
            return outcome
    return Clear()
