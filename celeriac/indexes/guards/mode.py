"""Observe changes nothing; approve needs a person; auto needs neither."""

from celeriac.indexes.guards.context import Context
from celeriac.indexes.outcome import Clear, Outcome, Refused
from celeriac.indexes.propose import AUTO
from celeriac.ledger import control


def check(context: Context) -> Outcome:
    """Refuse what the mode in force does not allow."""
    held = control.read(context.ledger, context.change.target)
    return decide(held.effective_mode(context.mode), context.change.actor)


def decide(mode: str, approved_by: str) -> Outcome:
    """Refuse everything under observe, and what no person approved under approve."""
    if mode == "observe":
        return Refused("mode", "the mode is observe: changes are recommended only")
    if mode == "approve" and approved_by == AUTO:
        return Refused("mode", "the mode is approve and no person has approved this change: `celeriac approve ID`")
    return Clear()
