"""All indexes of ours together stay within a budget."""

from celeriac.indexes import catalog_state
from celeriac.indexes.guards.context import Context
from celeriac.indexes.policy import MIB, GuardPolicy
from celeriac.supervision.outcome import Clear, Outcome, Refused


def check(context: Context) -> Outcome:
    """Refuse what would take our indexes over their budget."""
    used = sum(index.size_bytes for index in catalog_state.ours(context.target))
    return decide(used, context.expected_bytes, context.policy)


def decide(used_bytes: int, expected_bytes: int, policy: GuardPolicy) -> Outcome:
    """Refuse with what is used, expected and allowed."""
    if used_bytes + expected_bytes <= policy.storage_budget_bytes:
        return Clear()
    return Refused(
        "storage",
        f"our indexes take {used_bytes / MIB:.0f} MiB and this one would add about {expected_bytes / MIB:.0f}; "
        f"the budget is {policy.storage_budget_bytes / MIB:.0f} MiB",
    )
