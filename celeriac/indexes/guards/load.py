"""A server at its limit gets no build on top."""

import os
from dataclasses import dataclass

from celeriac import sql
from celeriac.indexes.guards.context import Context
from celeriac.indexes.outcome import Clear, Outcome, Refused
from celeriac.indexes.policy import GuardPolicy


@dataclass(frozen=True, slots=True)
class Load:
    """Sessions at work, ours apart, and the processors they share."""

    active: int
    cores: int


def check(context: Context) -> Outcome:
    """Refuse while too many sessions are at work for the server's processors."""
    own = {"own_pid": context.own_pid or 0}
    active: int = context.target.execute(sql.load(__file__, "load"), own).scalar_one()
    return decide(Load(active, context.policy.server_cores or os.cpu_count() or 1), context.policy)


def decide(load: Load, policy: GuardPolicy) -> Outcome:
    """Refuse above the policy's sessions per core."""
    if load.active <= policy.max_active_backends_per_core * load.cores:
        return Clear()
    return Refused(
        "load",
        f"{load.active} sessions are at work on {load.cores} cores; "
        f"the limit is {policy.max_active_backends_per_core:g} a core",
    )
