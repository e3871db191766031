"""The kill switch: one row in the ledger stops everything, running builds included."""

from celeriac.indexes.guards.context import Context
from celeriac.ledger import control
from celeriac.ledger.control import Control
from celeriac.supervision.outcome import Clear, Outcome, Refused


def check(context: Context) -> Outcome:
    """Refuse while the target, or every target, is paused."""
    return decide(control.in_force(context.ledger, context.change.target, paused=context.paused))


def decide(held: Control) -> Outcome:
    """Refuse with the reason and the name of who paused."""
    if not held.paused:
        return Clear()
    return Refused("paused", f"paused by {held.actor}: {held.reason}; `celeriac resume` lifts it")
