"""One statement's plan as it is, and as it would be with the indexes that help it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from celeriac.indexes.index import Advice, Recommendation, Unplannable
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.recommend import recommend
from celeriac.indexes.served import understand
from celeriac.indexes.what_if import NoPlan, planning
from celeriac.statements.catalog import read_catalog
from celeriac.statements.workload import Workload, from_texts

_CONDITIONS = (
    "Index Cond",
    "Recheck Cond",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "Filter",
    "Sort Key",
    "Group Key",
)


@dataclass(frozen=True, slots=True)
class Explained:
    """Both plans, line by line, and what makes the difference."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    cost_before: float
    cost_after: float
    recommendations: tuple[Recommendation, ...]


Scans = Iterable[tuple[int, int]]


def explain(
    connection: Connection, text: str, policy: AdvisorPolicy, *, used: Callable[[Scans], None] = lambda _scans: None
) -> Explained | Unplannable:
    """Plan one statement without and with the indexes recommended for it alone; nothing is executed.

    `used` is told the scans of indexes that our planning caused, as (index oid, scans): EXPLAIN raises idx_scan too.
    """
    workload = from_texts((text,))
    advice = recommend(connection, workload, policy)
    scans = Counter(dict(advice.planning_use))
    try:
        return _explained(connection, text, workload, advice, policy, scans)
    finally:
        used(sorted(scans.items()))


def _explained(
    connection: Connection, text: str, workload: Workload, advice: Advice, policy: AdvisorPolicy, scans: Counter[int]
) -> Explained | Unplannable:
    if advice.unplannable:
        return advice.unplannable[0]
    catalog = read_catalog(connection)
    served, _ = understand(connection, workload, catalog, policy, lambda _done, _total, _note: None)
    statement, binding = served[0].plannable, served[0].bindings[0]
    with planning(connection, policy) as what_if:
        before = what_if.plan(statement, binding)
        after = what_if.plan(statement, binding, [r.definition for r in advice.recommendations])
        scans.update(what_if.planning_use())
    for plan in (before, after):
        if isinstance(plan, NoPlan):
            return Unplannable(text, plan.reason)
    assert not isinstance(before, NoPlan)
    assert not isinstance(after, NoPlan)
    return Explained(
        before=tuple(lines(before.tree)),
        after=tuple(lines(after.tree)),
        cost_before=before.cost,
        cost_after=after.cost,
        recommendations=advice.recommendations,
    )


def lines(node: dict[str, Any], depth: int = 0) -> Iterator[str]:
    """Write a plan tree as EXPLAIN does: a line a node, its conditions below it."""
    indent = "  " * depth
    where = f" on {node['Relation Name']}" if "Relation Name" in node else ""
    using = f" using {node['Index Name']}" if "Index Name" in node else ""
    yield f"{indent}{node['Node Type']}{using}{where}  (cost {node['Total Cost']:,.0f}, {node['Plan Rows']:,} rows)"
    for condition in _CONDITIONS:
        if condition in node:
            value = node[condition]
            yield f"{indent}    {condition}: {', '.join(value) if isinstance(value, list) else value}"
    for child in node.get("Plans", ()):
        yield from lines(child, depth + 1)
