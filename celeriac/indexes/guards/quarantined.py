"""What was measured not to help does not come back by another way before its time."""

from celeriac.indexes.guards.context import Context
from celeriac.ledger import quarantine
from celeriac.ledger.quarantine import Quarantined
from celeriac.supervision.outcome import Clear, Outcome, Refused


def check(context: Context) -> Outcome:
    """Refuse a definition that is in quarantine."""
    change = context.change
    return decide(quarantine.holding(context.ledger, change.target, change.identity, change.promised))


def decide(held: Quarantined | None) -> Outcome:
    """Refuse with the reason of then."""
    return Clear() if held is None else Refused("quarantine", held.sentence)
