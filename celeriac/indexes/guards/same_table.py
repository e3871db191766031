"""One change of a table is judged before the next begins: two at once, and no measurement says which one it was."""

from celeriac.indexes.guards.context import Context
from celeriac.ledger import changes
from celeriac.ledger.changes import Change
from celeriac.ledger.states import UNJUDGED
from celeriac.supervision.outcome import Clear, Outcome, Refused


def check(context: Context) -> Outcome:
    """Refuse while another change of the same table is being measured."""
    if not context.policy.one_change_per_table:
        return Clear()
    undecided = changes.in_states(context.ledger, context.change.target, *UNJUDGED)
    return decide(context.change, undecided)


def decide(change: Change, undecided: tuple[Change, ...]) -> Outcome:
    """Refuse with the number of the change to wait for."""
    for other in undecided:
        if other.id != change.id and other.table == change.table:
            return Refused("same table", f"change {other.id} of {other.table} is still {other.state}")
    return Clear()
