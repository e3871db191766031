"""Every index is paid for by every write: a table takes so many and no more."""

from celeriac.indexes.guards.context import Context
from celeriac.indexes.policy import GuardPolicy
from celeriac.sql import load
from celeriac.supervision.outcome import Clear, Outcome, Refused


def check(context: Context) -> Outcome:
    """Refuse tables that have the policy's number of indexes."""
    if context.change.kind == "rebuild":
        return Clear()  # it makes none more
    values = {"schema": context.change.schema_name, "table": context.change.table_name}
    return decide(context.target.execute(load(__file__, "index_count"), values).scalar_one(), context.policy)


def decide(indexes: int, policy: GuardPolicy) -> Outcome:
    """Refuse at the bound."""
    if indexes < policy.max_indexes_per_table:
        return Clear()
    return Refused("index count", f"the table has {indexes} indexes; the limit is {policy.max_indexes_per_table}")
