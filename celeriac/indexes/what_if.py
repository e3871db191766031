"""The planner's answer to "what if these indexes existed?": its cost, and which of them it would use.

Each statement is prepared once and planned with each binding under `force_custom_plan`; nothing is ever executed.
A text is sent only after PostgreSQL's own grammar has found exactly one plannable statement in it. A statement that
fails is a value with a reason and ends nothing.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg2
from sqlalchemy import Connection

from celeriac.indexes.hypothetical import HypotheticalIndexes, TableName
from celeriac.indexes.index import IndexDefinition
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.session import PlanningSession, sentence
from celeriac.statements.catalog.roles import Settings
from celeriac.statements.parsed import Binding, NotUnderstood, Plannable
from celeriac.statements.parsing.grammar import read

MAX_PREPARED = 200
"""A prepared statement costs the backend some 50 kB."""

_BLOCKING = ("Sort", "Aggregate", "Hash", "Materialize")
"""They read all of their input before they hand on a row."""
Leading = Callable[[str], str | None]
"""The first key column of an index that is hypothetical, by its name in the plan; None for those that exist."""

_INDEXED = ("Index Scan", "Index Only Scan", "Bitmap Heap Scan")

_HYPOTHETICAL = re.compile(r"\A<(\d+)>")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the planner would do: its cost, the hypothetical indexes it would use, and the plan tree itself."""

    cost: float
    """The planner's, and a share of what it hopes not to read."""
    used: frozenset[IndexDefinition]
    tree: dict[str, Any]
    searched: frozenset[IndexDefinition] = frozenset()
    """Those of the used that are searched, or read up to a LIMIT, and not merely read from end to end."""


@dataclass(frozen=True, slots=True)
class NoPlan:
    """The planner refused the statement, and why."""

    reason: str


class WhatIf:
    """Asks for plans; `calls` counts the EXPLAINs. Open one with `planning`."""

    def __init__(self, session: PlanningSession, walk_share: float = 0.0) -> None:
        self.calls = 0
        self._walk_share = walk_share
        self.extensions = frozenset(name for (name,) in session.rows("extensions", "SELECT extname FROM pg_extension"))
        self.indexes = HypotheticalIndexes(session)
        self.session = session
        self._prepared: OrderedDict[tuple[str, Settings], str] = OrderedDict()
        self._serial = 0
        self._settings: Settings = ()
        self._seen: dict[str, str | None] = {}
        self._scans_before = self._scans()

    @property
    def hypothetical(self) -> bool:
        """Whether HypoPG is there; without it the planner knows existing indexes only."""
        return "hypopg" in self.extensions

    def plan(
        self, statement: Plannable, binding: Binding | None, offered: Iterable[IndexDefinition] = ()
    ) -> Plan | NoPlan:
        """Ask for the plan with exactly the offered indexes on the tables of the statement."""
        try:
            self._plan_as(statement.settings)
            if self.hypothetical:
                self.indexes.offer(offered, tables_of(statement))
            if why := self._why_not_one(statement.parsed.text):
                return NoPlan(why)
            if not statement.parameter_types:
                document = self._explain(statement.parsed.text)
            elif binding is not None:
                if why := self._why_not_one(f"SELECT {', '.join(binding.values)}"):
                    return NoPlan(why)
                document = self._explain_with(self._prepare(statement), binding)
            else:
                document = self._explain_generic(self._prepare(statement), statement)
        except psycopg2.Error as failure:
            return NoPlan(sentence(failure))
        tree: dict[str, Any] = document[0]["Plan"]
        used = frozenset(self._hypothetical_in(index_names(tree)))
        searched = frozenset(self._hypothetical_in(searched_names(tree)))
        return Plan(tree["Total Cost"] + self._walk_share * risk(tree, self._leading), used, tree, searched)

    def planning_use(self) -> dict[int, int]:
        """Return the scans of existing indexes, by oid, that were counted while we planned.

        EXPLAIN raises idx_scan. What others did meanwhile is in the difference too: it bounds our own share.
        """
        self._flush()
        after = self._scans()
        before = self._scans_before
        return {oid: scans - before.get(oid, 0) for oid, scans in after.items() if scans > before.get(oid, 0)}

    def _flush(self) -> None:
        """Let the server tell what we counted: by itself it holds that back for up to a second."""
        if not self.session.attempt("SELECT pg_stat_force_next_flush()"):
            self.session.run("SELECT pg_sleep(0.6)")  # before PostgreSQL 15 time alone does it

    def close(self) -> None:
        """Leave nothing in the session."""
        self._plan_as(())
        for name in self._prepared.values():
            self.session.run(f"DEALLOCATE {name}")
        if self.hypothetical:
            self.indexes.clear()

    def _plan_as(self, settings: Settings) -> None:
        """Plan as the role does that runs the statement; what this server does not know of its settings is left."""
        if settings == self._settings:
            return
        if self._settings:
            self.session.run(*(f'RESET "{name}"' for name, _ in self._settings))
        for name, value in settings:
            with suppress(psycopg2.Error):
                self.session.rows("as_role", "SELECT set_config(%s, %s, false)", name, value)
        self._settings = settings

    def _explain(self, text: str) -> list[dict[str, Any]]:
        self.calls += 1
        ((document,),) = self.session.rows("what_if", f"EXPLAIN (FORMAT JSON) {text}")
        explained: list[dict[str, Any]] = document
        return explained

    def _explain_with(self, name: str, binding: Binding) -> list[dict[str, Any]]:
        return self._explain(f"EXECUTE {name} ({', '.join(binding.values)})")

    def _explain_generic(self, name: str, statement: Plannable) -> list[dict[str, Any]]:
        # HypoPG sends no invalidation: a cached generic plan would outlive the indexes that it uses.
        self.session.run("DISCARD PLANS", "SET plan_cache_mode = force_generic_plan")
        try:
            return self._explain(f"EXECUTE {name} ({', '.join(['NULL'] * len(statement.parameter_types))})")
        finally:
            if not self.session.closed:
                self.session.run("SET plan_cache_mode = force_custom_plan")

    def _why_not_one(self, text: str) -> str | None:
        """Have the grammar say, once for each text, that it is exactly one plannable statement."""
        if text not in self._seen:
            found = read(text)
            self._seen[text] = found.reason if isinstance(found, NotUnderstood) else None
        return self._seen[text]

    def _prepare(self, statement: Plannable) -> str:
        """Prepare a statement unless it is, and let go the one that was not asked for the longest."""
        prepared = f"({', '.join(statement.parameter_types)}) AS {statement.parsed.text}"
        key = (prepared, statement.settings)
        if key in self._prepared:
            self._prepared.move_to_end(key)
            return self._prepared[key]
        self._serial += 1
        name = f"celeriac_{self._serial}"
        self.session.run(f"PREPARE {name} {prepared}")
        self._prepared[key] = name
        if len(self._prepared) > MAX_PREPARED:
            _, oldest = self._prepared.popitem(last=False)
            self.session.run(f"DEALLOCATE {oldest}")
        return name

    def _hypothetical_in(self, names: Iterable[str]) -> Iterator[IndexDefinition]:
        for name in names:
            match = _HYPOTHETICAL.match(name)
            definition = self.indexes.named(int(match.group(1))) if match else None
            if definition is not None:
                yield definition

    def _leading(self, name: str) -> str | None:
        """Return the first key column of a hypothetical index, None for an existing one."""
        return next((definition.key[0].name for definition in self._hypothetical_in([name])), None)

    def _scans(self) -> dict[int, int]:
        return dict(self.session.rows("scans", "SELECT indexrelid, idx_scan FROM pg_stat_user_indexes"))


@contextmanager
def planning(connection: Connection, policy: AdvisorPolicy) -> Iterator[WhatIf]:
    """Lend the connection for planning; whatever transaction it is in is rolled back first."""
    with PlanningSession(connection, policy.statement_timeout_ms) as session:
        what_if = WhatIf(session, policy.walk_share if policy.objective == "time" else 0.0)
        yield what_if
        if not session.closed:
            what_if.close()


def tables_of(statement: Plannable) -> Collection[TableName]:
    """Return the tables that a statement names."""
    return {(relation.schema, relation.table) for relation in statement.parsed.relations}


def nodes(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Walk a plan tree from the top."""
    yield tree
    for child in tree.get("Plans", ()):
        yield from nodes(child)


def index_names(tree: dict[str, Any]) -> Iterator[str]:
    """Name every index that a plan reads."""
    return (node["Index Name"] for node in nodes(tree) if "Index Name" in node)


def searched_names(tree: dict[str, Any], limited: bool = False) -> Iterator[str]:
    """Name the indexes that a plan searches, or reads in order only until a LIMIT is met."""
    kind = tree["Node Type"]
    limited = kind == "Limit" or (limited and kind not in _BLOCKING)
    if "Index Name" in tree and ("Index Cond" in tree or limited):
        yield tree["Index Name"]
    for child in tree.get("Plans", ()):
        yield from searched_names(child, limited)


def risk(tree: dict[str, Any], leading: Leading, limited: bool = False) -> float:
    """Return what hypothetical indexes may read beyond the hoped-for under a LIMIT, were luck against them.

    A walk that filters may have to go to the end; a sort reads all that matches, and a busy key has more than most.
    What existing indexes make of it is in the measured time.
    """
    kind, children = tree["Node Type"], tree.get("Plans", ())
    if kind == "Limit" and children:
        return risk(children[0], leading, limited=True)
    if limited and _walks(tree, leading):
        return float(tree["Total Cost"])
    if limited and kind == "Sort" and children[0]["Node Type"] in _INDEXED:
        return float(children[0]["Total Cost"]) if any(map(leading, index_names(tree))) else 0.0
    # The outer side alone drives a join; it is read to the end where the limit is not met.
    limited = limited and kind not in _BLOCKING
    return sum(risk(child, leading, limited and child.get("Parent Relationship") == "Outer") for child in children)


def _walks(node: dict[str, Any], leading: Leading) -> bool:
    """Tell whether a hypothetical index is read in its order and most of what it holds is passed over."""
    column = leading(node.get("Index Name", ""))
    if column is None:
        return False
    condition = node.get("Index Cond", "")
    passed_over = bool(condition) and re.search(rf"(?<!\w){re.escape(column)}(?!\w)", condition) is None
    return "Filter" in node or passed_over
