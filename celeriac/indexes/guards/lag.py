"""A build writes the index to every replica: one that lags already is not pushed further behind."""

from dataclasses import dataclass

from celeriac.indexes.guards.context import Context
from celeriac.indexes.outcome import Clear, Outcome, Refused
from celeriac.indexes.policy import GuardPolicy
from celeriac.sql import load


@dataclass(frozen=True, slots=True)
class Replica:
    """A standby and how far behind its replay is."""

    name: str
    lag_s: float


def check(context: Context) -> Outcome:
    """Refuse while a replica lags."""
    rows = context.target.execute(load(__file__, "lag"))
    return decide(tuple(Replica(**row._asdict()) for row in rows), context.policy)


def decide(replicas: tuple[Replica, ...], policy: GuardPolicy) -> Outcome:
    """Refuse with the name of the replica that is furthest behind."""
    if not replicas:
        return Clear()
    worst = max(replicas, key=lambda replica: replica.lag_s)
    if worst.lag_s <= policy.max_replication_lag_s:
        return Clear()
    return Refused(
        "replication lag",
        f"replica {worst.name} is {worst.lag_s:.0f} s behind; the limit is {policy.max_replication_lag_s:.0f} s",
    )
