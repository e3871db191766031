"""The shape of a statement's generic plan, kept while nothing is wrong, so that another plan can be told from it.

Nothing is executed: PREPARE and EXPLAIN EXECUTE with no values, within a savepoint that is rolled back.
https://www.postgresql.org/docs/current/sql-prepare.html (plan_cache_mode)
"""

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from celeriac.sql import sign
from celeriac.statements import parsing
from celeriac.statements.catalog import Catalog
from celeriac.statements.parameters.prepare import prepare
from celeriac.statements.parsed import NotUnderstood

_TIMEOUT_MS = 1_000
_LIMITS = (
    "SET LOCAL transaction_read_only = on; SET LOCAL plan_cache_mode = force_generic_plan; "
    f"SET LOCAL statement_timeout = {_TIMEOUT_MS}; SET LOCAL lock_timeout = {_TIMEOUT_MS}"
)
_SESSION = secrets.token_hex(4)
_NUMBERS = count(1)
_PASSED_OVER = frozenset({"Result", "Gather", "Gather Merge", "Memoize", "Materialize", "Hash", "Limit", "LockRows"})
"""Nodes that come and go with the rows expected, and decide nothing of which rows are read how."""


def shape_of(connection: Connection, text: str, catalog: Catalog) -> str | None:
    """Return how a statement would be carried out, one node a line; None where the planner cannot be asked."""
    parsed = parsing.parse(text, catalog)
    if isinstance(parsed, NotUnderstood):
        return None
    prepared = prepare(connection, parsed, catalog)
    if isinstance(prepared, NotUnderstood):
        return None
    plan = _generic_plan(connection, prepared.text, len(prepared.types))
    return "\n".join(nodes(plan)) if plan is not None else None


def nodes(plan: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """Yield the nodes of a plan, indented, without what costs and rows make of them.

    >>> scan = {"Node Type": "Index Scan", "Index Name": "a", "Relation Name": "t"}
    >>> list(nodes({"Node Type": "Limit", "Plans": [scan]}))
    ['Index Scan using a on t']
    """
    name = plan["Node Type"]
    shown = name not in _PASSED_OVER
    if shown:
        index = f" using {plan['Index Name']}" if "Index Name" in plan else ""
        relation = f" on {plan['Relation Name']}" if "Relation Name" in plan else ""
        yield f"{'  ' * depth}{name}{index}{relation}"
    for below in plan.get("Plans", ()):
        yield from nodes(below, depth + shown)


def difference(before: str, now: str) -> str | None:
    """Say which nodes went and which came, None where the plans are the same.

    >>> difference("Index Scan using a on t", "Seq Scan on t")
    'the plan now has Seq Scan on t instead of Index Scan using a on t'
    """
    old, new = (Counter(line.strip() for line in shape.splitlines()) for shape in (before, now))
    gone, come = list((old - new).elements()), list((new - old).elements())
    if not gone and not come:
        return None if before == now else "the plan has the same nodes in another order"
    if not gone:
        return f"the plan now has {', '.join(come)} besides"
    if not come:
        return f"the plan no longer has {', '.join(gone)}"
    return f"the plan now has {', '.join(come)} instead of {', '.join(gone)}"


def _generic_plan(connection: Connection, text: str, parameters: int) -> Mapping[str, Any] | None:
    name = f"celeriac_plan_{_SESSION}_{next(_NUMBERS)}"
    values = f"({', '.join(['NULL'] * parameters)})" if parameters else ""
    plan: Mapping[str, Any] | None = None
    prepared = False
    with connection.begin_nested() as savepoint:
        try:
            _run(connection, _LIMITS)
            _run(connection, sign("prepare", f"PREPARE {name} AS ") + text)
            prepared = True
            explained = _run(connection, sign("plan_shape", f"EXPLAIN (FORMAT JSON, COSTS OFF) EXECUTE {name}{values}"))
            plan = explained.scalar_one()[0]["Plan"]
        except DBAPIError:
            if connection.invalidated:
                raise
        savepoint.rollback()
    if prepared:  # it outlives the savepoint
        _run(connection, f"DEALLOCATE {name}")
    return plan


def _run(connection: Connection, statement: str) -> Any:
    """Send a text as it is: a per cent sign in it is no placeholder."""
    return connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
