"""Ask the planner, before a drop is proposed, whether any measured statement would miss the index.

HypoPG 1.4 hides an existing index from one session's planner. Without it, the plans as they are tell whether an index
that nobody was seen to use would be used; of one that another covers, the keys are proof enough.
https://hypopg.readthedocs.io/en/rel1_stable/usage.html#hypothetically-hide-existing-indexes
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.prune.find import Prunable
from celeriac.indexes.served import Served, understand
from celeriac.indexes.verify import remembering, touching
from celeriac.indexes.what_if import NoPlan, WhatIf, index_names, planning
from celeriac.statements.catalog import Catalog
from celeriac.statements.workload import Workload

_CAN_HIDE = "SELECT to_regprocedure('hypopg_hide_index(oid)') IS NOT NULL"
_HIDE = "SELECT hypopg_hide_index(CAST(CAST(%s AS bigint) AS oid))"
_SHOW = "SELECT hypopg_unhide_index(CAST(CAST(%s AS bigint) AS oid))"


@dataclass(frozen=True, slots=True)
class Answer:
    """Which indexes would be missed, by oid, with the reason; and the scans that asking may have caused."""

    missed: Mapping[int, str]
    planning_use: tuple[tuple[int, int], ...] = ()


def ask(
    connection: Connection,
    workload: Workload | None,
    catalog: Catalog,
    prunable: Iterable[Prunable],
    policy: AdvisorPolicy,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """Ask about every index that could go; the connection is lent for planning and given back as it was.

    What could not be asked about within the policy's time is taken for missed: it is asked again another day.
    """
    until = clock() + policy.time_limit_s
    asked = tuple(one for one in prunable if one.index.valid)
    if workload is None or not asked:
        return Answer({})
    tables = {(one.index.schema_name, one.index.table_name) for one in asked}
    concerned = _concerned(workload, tables, catalog)
    served, _ = understand(connection, concerned, catalog, policy, _silent, lambda: clock() > until)
    by_table = {name: _touching(served, name) for name in tables}
    with planning(connection, replace(policy, objective="cost")) as what_if:
        can_hide = what_if.hypothetical and bool(what_if.session.rows("can_hide", _CAN_HIDE)[0][0])
        missed = {}
        for one in asked:
            statements = by_table[one.index.schema_name, one.index.table_name]
            if clock() > until:
                reason: str | None = "there was no time to ask the planner about it"
            elif can_hide:
                reason = _hidden(what_if, one, statements, policy.max_loss_ratio)
            else:
                reason = _planned(what_if, one, statements) if one.why == "unused" else None
            if reason is not None:
                missed[one.index.oid] = reason
        return Answer(missed, tuple(sorted(what_if.planning_use().items())))


def loss(before: float, after: float) -> float:
    """Return by which share a cost grows.

    >>> loss(100.0, 150.0), loss(0.0, 5.0)
    (0.5, 0.0)
    """
    return after / before - 1.0 if before > 0 else 0.0


def _hidden(what_if: WhatIf, one: Prunable, statements: Collection[Served], tolerated: float) -> str | None:
    """Compare each statement's cost with the index and without it."""
    before = {served.statement.fingerprint: _cost(what_if, served) for served in statements}
    what_if.session.rows("hide", _HIDE, one.index.oid)
    try:
        for served in statements:
            first = before[served.statement.fingerprint]
            then = _cost(what_if, served)
            if first is not None and then is not None and loss(first, then) > tolerated:
                return (
                    f"without it the planner's cost of statement {served.statement.fingerprint} would be "
                    f"{then / first:.1f} times as high"
                )
    finally:
        if not what_if.session.closed:
            what_if.session.rows("show", _SHOW, one.index.oid)
    return None


def _planned(what_if: WhatIf, one: Prunable, statements: Collection[Served]) -> str | None:
    """Look for the index in the plans as they are."""
    for served in statements:
        for tree in _trees(what_if, served):
            if one.index.name in index_names(tree):
                return f"the planner would use it for statement {served.statement.fingerprint}"
    return None


def _cost(what_if: WhatIf, served: Served) -> float | None:
    trees = _trees(what_if, served)
    return sum(float(tree["Total Cost"]) for tree in trees) if trees else None


def _trees(what_if: WhatIf, served: Served) -> Sequence[dict[str, Any]]:
    plans = (what_if.plan(served.plannable, binding) for binding in served.bindings)
    return [plan.tree for plan in plans if not isinstance(plan, NoPlan)]


def _concerned(workload: Workload, tables: Iterable[tuple[str, str]], catalog: Catalog) -> Workload:
    """Leave out the statements of other tables: finding values for their parameters would cost the time."""
    parse = remembering()
    wanted = {one for name in tables for one in touching(workload.statements, *name, catalog, parse)}
    return replace(workload, statements=tuple(one for one in workload.statements if one.fingerprint in wanted))


def _touching(served: Iterable[Served], table: tuple[str, str]) -> tuple[Served, ...]:
    return tuple(
        one for one in served if any((use.schema, use.table) == table for use in one.plannable.parsed.relations)
    )


def _silent(_done: int, _total: int, _note: str) -> None:
    """Report progress to nobody."""
