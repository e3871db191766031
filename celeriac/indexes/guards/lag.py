"""A build writes the index to every replica: one that lags already is not pushed further behind."""

from celeriac.indexes.guards.context import Context
from celeriac.supervision import replicas
from celeriac.supervision.limits import lagging
from celeriac.supervision.outcome import Outcome, judged


def check(context: Context) -> Outcome:
    """Refuse while a replica lags."""
    policy = context.policy
    found = replicas.read(context.target)
    return judged("replication lag", lagging(found, policy.max_replication_lag_s, policy.max_replication_lag_bytes))
