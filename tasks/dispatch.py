"""What may be changed now is sent to the DDL queue: approved where the mode allows it, and past every guard."""

from typing import Any

from celeriac.indexes import guards, propose
from celeriac.indexes.guards import context
from celeriac.ledger import changes
from celeriac.ledger.changes import Change
from celeriac.supervision.outcome import Refused
from config.database import autocommit, ledger
from tasks import ddl
from tasks.loop import SHOWN, policies


def dispatch(target: str) -> dict[str, Any]:
    """Approve what the mode allows, ask the guards, and send what they let pass, and what is to come back."""
    told = policies(target)
    sent: list[Change] = []
    with autocommit(target) as connection, ledger(target) as state:
        propose.approve_automatically(state, target, configured=told.mode, policy=told.loop)
        coming_back = changes.in_states(state, target, "restoring")
        waiting = changes.ready(state, target)
        for change in waiting:
            ask = guards.before_prune if change.kind == "drop" else guards.before_build
            outcome = ask(context.of(connection, state, change, told))
            if isinstance(outcome, Refused):
                changes.note(state, change, last_error=outcome.reason)
            else:
                sent.append(change)
    for change in (*coming_back, *sent):
        ddl.send(change)
    return {"dispatched": [change.id for change in sent][:SHOWN], "held_back": len(waiting) - len(sent)}
