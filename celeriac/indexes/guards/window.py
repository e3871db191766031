"""Changes at quiet hours only, by the database's clock and time zone."""

from datetime import time

from celeriac.indexes.guards.context import Context
from celeriac.sql import load
from celeriac.supervision.limits import closed
from celeriac.supervision.outcome import Clear, Outcome, judged


def check(context: Context) -> Outcome:
    """Refuse outside the allowed hours."""
    if context.policy.window is None:
        return Clear()
    now: time = context.target.execute(load(__file__, "window")).scalar_one()
    return judged("window", closed(now, context.policy.window))
