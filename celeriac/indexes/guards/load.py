"""A server at its limit gets no build on top."""

import os

from celeriac import sql
from celeriac.indexes.guards.context import Context
from celeriac.supervision.limits import overloaded
from celeriac.supervision.outcome import Outcome, judged


def check(context: Context) -> Outcome:
    """Refuse while too many sessions are at work for the server's processors."""
    own = {"own_pid": context.own_pid or 0}
    active: int = context.target.execute(sql.load(__file__, "load"), own).scalar_one()
    cores = context.policy.server_cores or os.cpu_count() or 1
    return judged("load", overloaded(active, cores, context.policy.max_active_backends_per_core))
