"""Tables beyond a size are a person's decision: a build reads all of it, twice."""

from celeriac.indexes.guards.context import Context
from celeriac.indexes.policy import MIB, GuardPolicy
from celeriac.sql import load
from celeriac.supervision.outcome import Clear, Outcome, Refused


def check(context: Context) -> Outcome:
    """Refuse tables above the policy's size."""
    values = {"schema": context.change.schema_name, "table": context.change.table_name}
    return decide(context.target.execute(load(__file__, "table_size"), values).scalar(), context.policy)


def decide(table_bytes: int | None, policy: GuardPolicy) -> Outcome:
    """Refuse above the bound; a table that is gone is the rehearsal's to report."""
    if table_bytes is None or table_bytes <= policy.max_table_bytes:
        return Clear()
    return Refused(
        "table size",
        f"the table takes {table_bytes / MIB:.0f} MiB, over the limit of {policy.max_table_bytes / MIB:.0f} MiB",
    )
