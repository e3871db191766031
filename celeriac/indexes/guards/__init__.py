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
from celeriac.supervision.outcome import Clear, Outcome, Refused


@dataclass(frozen=True, slots=True)
class Guard:
    """One check and when it is asked: always before a build; `during` one as well; before an `undo` as well.

    Between the partitions of one build, each `part` is asked about the partition that is next. Before the drop of what
    is surplus, each `prune` is.
    """

    check: Callable[[Context], Outcome]
    during: bool = False
    undo: bool = False
    part: bool = True
    prune: bool = True


GUARDS: tuple[Guard, ...] = (
    Guard(paused.check, during=True, undo=True),
    Guard(mode.check),
    Guard(quarantined.check, part=False),
    Guard(window.check, during=True),
    Guard(pace.check, part=False),
    Guard(other_builds.check, undo=True),
    Guard(same_table.check, part=False),
    Guard(baseline.check, part=False),
    Guard(table_size.check, prune=False),
    Guard(index_count.check, prune=False),
    Guard(storage.check, part=False, prune=False),
    Guard(disk.check, during=True, prune=False),
    Guard(load.check),
    Guard(lag.check, during=True, prune=False),
    Guard(snapshot.check),
    Guard(vacuum.check, undo=True),
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


def before_undo(context: Context) -> Outcome:
    """Ask the guards that also hold for undoing: undoing harm does not wait for a window or for quiet."""
    return _first_refusal(context, tuple(guard for guard in GUARDS if guard.undo))


def before_undo_by_person(context: Context) -> Outcome:
    """Ask as `before_undo` does, but for the pause: a person who undoes a change while all is paused means it."""
    return _first_refusal(context, tuple(guard for guard in GUARDS if guard.undo and guard.check is not paused.check))


def before_prune(context: Context) -> Outcome:
    """Ask the guards about dropping what is surplus: it waits for a quiet moment like a build, but takes no room."""
    return _first_refusal(context, tuple(guard for guard in GUARDS if guard.prune))


def during_undo(context: Context) -> Outcome:
    """Ask the guard that stops even an undoing, or a drop, that is running."""
    return paused.check(context)


def _first_refusal(context: Context, guards: tuple[Guard, ...]) -> Outcome:
    for guard in guards:
        outcome = guard.check(context)
        if isinstance(outcome, Refused):
            return outcome
    return Clear()
