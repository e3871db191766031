"""A build writes the index to every replica: one that lags already is not pushed further behind."""

from dataclasses import dataclass

from celeriac.indexes.guards.context import Context
from celeriac.indexes.outcome import Clear, Outcome, Refused
from celeriac.indexes.policy import MIB, GuardPolicy
from celeriac.sql import load


@dataclass(frozen=True, slots=True)
class Replica:
    """A standby and how far behind its replay is."""

    name: str
    lag_s: float
    """0 where it has not said."""
    lag_bytes: int


def check(context: Context) -> Outcome:
    """Refuse while a replica lags."""
    rows = context.target.execute(load(__file__, "lag"))
    return decide(tuple(Replica(**row._asdict()) for row in rows), context.policy)


def decide(replicas: tuple[Replica, ...], policy: GuardPolicy) -> Outcome:
    """Refuse with the name of the replica that is furthest behind."""
    for replica in sorted(replicas, key=lambda one: (-one.lag_s, -one.lag_bytes)):
        if replica.lag_s > policy.max_replication_lag_s:
            bound = f"the limit is {policy.max_replication_lag_s:.0f} s"
            return Refused("replication lag", f"replica {replica.name} is {replica.lag_s:.0f} s behind; {bound}")
        if replica.lag_bytes > policy.max_replication_lag_bytes:
            left = f"{replica.lag_bytes / MIB:.0f} MiB left to replay"
            bound = f"the limit is {policy.max_replication_lag_bytes / MIB:.0f} MiB"
            return Refused("replication lag", f"replica {replica.name} has {left}; {bound}")
    return Clear()
