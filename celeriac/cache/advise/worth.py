"""Why a statement is not worth caching, though it could be."""

from celeriac.cache.advise import model, parameters, sizes
from celeriac.cache.advise.case import Case
from celeriac.cache.advise.model import KeyGroup
from celeriac.cache.advise.plan import Plan
from celeriac.cache.advise.policy import MIB


def at_first_sight(case: Case) -> str | None:
    """Return what needs no model to be seen, None where nothing speaks against it."""
    policy, calls, mean_ms = case.around.policy, case.calls_per_hour, case.counters.mean_ms
    for column in case.returned:
        if column.type in sizes.UNKEEPABLE:
            return f"it returns {column.name} of type {column.type}, which is no JSON"
    if calls < policy.min_calls_per_hour:
        return f"it is called {calls:.0f} times an hour: an entry would end before anyone reads it again"
    if mean_ms < policy.min_mean_ms:
        return f"it takes {mean_ms:.2f} ms: a look-up in the cache costs as much"
    if case.entry_bytes > policy.max_entry_bytes:
        size = case.entry_bytes / MIB
        return f"one result takes about {size:.1f} MiB: fetching and decoding it costs as much as the query"
    return parameters.never_alike(case.parsed, case.around.catalog)


def as_planned(case: Case, plan: Plan) -> str | None:
    """Return why even the best way to cache it is not worth it, None where it is."""
    policy = case.around.policy
    if plan.hit_ratio < policy.min_hit_ratio:
        return _seldom_hit(case, plan)
    memory = model.entries(plan.groups, case.calls_per_hour, plan.ttl_s) * case.entry_bytes
    if memory > policy.max_memory_bytes:
        return f"its entries would take {memory / MIB:,.0f} MiB"
    saved = case.saved_ms_per_hour(plan.hit_ratio)
    if saved < policy.min_saved_ms_per_hour:
        return f"caching it would save {max(saved, 0.0):,.0f} ms an hour"
    return None


def _seldom_hit(case: Case, plan: Plan) -> str:
    """Tell too many keys from too many writes."""
    policy, calls = case.around.policy, case.calls_per_hour
    unwritten = [KeyGroup(group.keys, group.share) for group in plan.groups]
    best = model.hit_ratio(unwritten, calls, policy.max_ttl_s)
    if best < policy.min_hit_ratio:
        spread = f"its {calls:,.0f} calls an hour spread over some {plan.keys:,.0f} keys"
        return f"{spread}: even {policy.max_ttl_s:,} s would serve {best:.0%}"
    read = sum(group.share * group.calls_per_hour(calls) for group in plan.groups)
    shown = f"what it shows changes {plan.changes_per_hour:,.1f} times an hour and is read {read:,.1f} times"
    return f"{shown}: {plan.hit_ratio:.0%} would be hits"
