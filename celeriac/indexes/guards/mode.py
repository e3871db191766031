"""Observe changes nothing; approve needs a person; auto needs neither."""

from celeriac.indexes.guards.context import Context
from celeriac.indexes.propose import AUTO
from celeriac.ledger import control
from celeriac.supervision.outcome import Clear, Outcome, Refused


def check(context: Context) -> Outcome:
    """Refuse what the mode in force does not allow."""
    held = control.read(context.ledger, context.change.target)
    needs_person = context.drops_foreign and not context.drop_foreign
    return decide(held.effective_mode(context.mode), context.change.actor, needs_person=needs_person)


def decide(mode: str, approved_by: str, *, needs_person: bool = False) -> Outcome:
    """Refuse everything under observe, what no person approved under approve, and what always needs one."""
    if mode == "observe":
        return Refused("mode", "the mode is observe: changes are recommended only")
    if mode == "approve" and approved_by == AUTO:
        return Refused("mode", "the mode is approve and no person has approved this change: `celeriac approve ID`")
    if needs_person and approved_by == AUTO:
        return Refused("mode", "Celeriac did not make this index: a person approves its drop, `celeriac approve ID`")
    return Clear()
