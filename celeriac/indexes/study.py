"""What the planner says about each statement: its cost as things are, and the indexes that could matter to it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from celeriac.indexes import ddl
from celeriac.indexes.candidates import generate
from celeriac.indexes.candidates.merging import merge, stands_for
from celeriac.indexes.candidates.scope import Candidate
from celeriac.indexes.estimate import with_estimated
from celeriac.indexes.harvest import Probe, Seen, by_table, groups, harvest, harvest_again, peel
from celeriac.indexes.hypothetical import SIMULATED_METHODS
from celeriac.indexes.index import IndexDefinition, Unplannable
from celeriac.indexes.inlined import inlined
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.referential import with_lookups
from celeriac.indexes.served import TOO_LATE, Progress, Served
from celeriac.indexes.what_if import NoPlan, Plan, WhatIf
from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.parsed import Binding, Plannable

MIN_COST = 20.0
"""Planner's units: two or three page reads by an index; nothing is left to save."""


@dataclass(slots=True)
class Study:
    """Probes with their observations, and the pool of candidates that some plan used."""

    probes: list[Probe] = field(default_factory=list)
    statement_of: list[int] = field(default_factory=list)
    """For each probe the place of its statement among the served ones."""
    candidates: dict[IndexDefinition, Candidate] = field(default_factory=dict)
    pool: list[IndexDefinition] = field(default_factory=list)
    groups: list[frozenset[IndexDefinition]] = field(default_factory=list)
    unplannable: list[Unplannable] = field(default_factory=list)
    refused: dict[tuple[str, str], None] = field(default_factory=dict)


class Planner:
    """Asks for plans: of the planner where it can be asked, and from statistics for the rest."""

    def __init__(self, what_if: WhatIf, catalog: Catalog) -> None:
        self.what_if = what_if
        self._catalog = catalog
        self._bases: dict[tuple[str, Binding | None], Plan | NoPlan] = {}

    def ask(self, statement: Plannable, binding: Binding | None, offered: Collection[IndexDefinition]) -> Plan | NoPlan:
        """Return the plan of a statement under the offered indexes."""
        simulated = [definition for definition in offered if self.simulates(definition)]
        estimated = [definition for definition in offered if not self.simulates(definition)]
        base_serves = estimated and not simulated
        plan = self._base(statement, binding) if base_serves else self.what_if.plan(statement, binding, simulated)
        if isinstance(plan, NoPlan):
            return plan
        if estimated:
            plan = with_estimated(plan, statement.parsed, estimated, self._catalog)
        return with_lookups(plan, statement.parsed, offered, self._catalog) if _deletes(statement) else plan

    def simulates(self, definition: IndexDefinition) -> bool:
        """Tell whether the planner itself can be asked about an index."""
        return self.what_if.hypothetical and definition.method in SIMULATED_METHODS

    def _base(self, statement: Plannable, binding: Binding | None) -> Plan | NoPlan:
        """Return the plan without any index of ours, asked for once."""
        key = (statement.parsed.text, binding)
        if key not in self._bases:
            self._bases[key] = self.what_if.plan(statement, binding)
        return self._bases[key]


def study(
    planner: Planner,
    served: Sequence[Served],
    catalog: Catalog,
    policy: AdvisorPolicy,
    quarantined: Mapping[str, str],
    fits: Callable[[IndexDefinition], bool],
    expired: Callable[[], bool],
    progress: Progress,
) -> Study:
    """Cost every statement, harvest its own candidates, then peel the pool of all."""
    result = Study()
    for place, statement in enumerate(served):
        if place % 20 == 0:
            progress(place, 2 * len(served), "asking the planner for candidates")
        if expired():
            result.unplannable.append(Unplannable(statement.statement.text, TOO_LATE))
            continue
        probes = _begin(result, planner, place, statement, catalog)
        parsed = probes[0].statement.parsed if probes else statement.plannable.parsed
        generated = generate(parsed, catalog, policy, planner.what_if.extensions)
        result.refused.update(dict.fromkeys(generated.refused))
        own = {c.definition: c for c in generated.candidates if fits(c.definition)}
        known: frozenset[IndexDefinition] = frozenset()
        for probe in probes:
            if probe.base_cost < MIN_COST:
                continue
            if known:
                harvest_again(planner.ask, probe, own.values(), known, expired)
            else:
                harvest(planner.ask, probe, own.values(), expired)
            known |= probe.matters
            for definition in sorted(probe.matters, key=ddl.create):
                result.candidates.setdefault(definition, own[definition])
                for narrowed in _narrowed(own[definition], own):
                    result.candidates.setdefault(narrowed.definition, narrowed)
    merged = {candidate.definition: candidate for candidate in merge(tuple(result.candidates.values()))}
    merged = {definition: candidate for definition, candidate in merged.items() if fits(definition)}
    result.pool = _pool(result, policy, quarantined)
    pooled, unions = by_table(result.pool), by_table(merged)
    for place, probe in enumerate(result.probes):
        if probe.base_cost < MIN_COST:
            continue
        if place % 20 == 0:
            progress(len(result.probes) + place, 2 * len(result.probes), "comparing candidates")
        first = place == 0 or result.statement_of[place - 1] != result.statement_of[place]
        peel(planner.ask, probe, pooled, unions, expired, first=first)
        mattering = probe.matters
        for definition in sorted(frozenset().union(*(unions.get(table, ()) for table in probe.tables)), key=ddl.create):
            if any(stands_for(definition, part) for part in mattering):
                probe.substitutes.add(definition)
                result.candidates.setdefault(definition, merged[definition])
    result.pool = _pool(result, policy, quarantined)
    result.groups = groups(result.probes)
    return result


def _deletes(statement: Plannable) -> bool:
    return any(relation.written == "delete" for relation in statement.parsed.relations)


def _begin(result: Study, planner: Planner, place: int, served: Served, catalog: Catalog) -> list[Probe]:
    """Cost a statement as things are, with each binding."""
    probes: list[Probe] = []
    statement = served.plannable
    for binding in served.bindings:
        base = planner.ask(statement, binding, ())
        if isinstance(base, NoPlan):
            result.unplannable.append(Unplannable(served.statement.text, base.reason))
            return []
        if not probes and (more := inlined(base.tree, statement.parsed, catalog)):
            parsed = replace(statement.parsed, relations=(*statement.parsed.relations, *more))
            statement = replace(statement, parsed=parsed)
        probe = Probe(statement, binding, binding.weight if binding is not None else 1.0, base.cost)
        probe.seen.append(Seen(frozenset(), frozenset(), base.cost))
        probes.append(probe)
    result.probes.extend(probes)
    result.statement_of.extend(place for _ in probes)
    return probes


def _narrowed(candidate: Candidate, own: Mapping[IndexDefinition, Candidate]) -> Iterator[Candidate]:
    """Yield the leading parts of a key that were candidates too: less to store, and often as good."""
    key = candidate.definition.key
    for width in range(1, len(key)):
        leading = own.get(replace(candidate.definition, key=key[:width], include=()))
        if leading is not None:
            yield leading


def _pool(result: Study, policy: AdvisorPolicy, quarantined: Mapping[str, str]) -> list[IndexDefinition]:
    """List what some plan used, in a fixed order; the quarantined are refused with their reason.

    What plans only read from end to end is a smaller copy of the table: no reason to build an index in production.
    """
    searched = frozenset().union(*(probe.searched for probe in result.probes))
    led = {_lead(wide, width) for wide in searched for width in range(1, len(wide.key) + 1)}
    pool = []
    for definition in sorted(result.candidates, key=ddl.create):
        reason = quarantined.get(ddl.identity(definition))
        if reason is not None:
            result.refused[ddl.create(definition), f"quarantined: {reason}"] = None
        elif policy.objective == "cost" or definition in searched or _lead(definition, len(definition.key)) in led:
            pool.append(definition)
    return pool


def _lead(definition: IndexDefinition, width: int) -> tuple[object, ...]:
    """Return what a narrower key and the wider one that it stands for have in common."""
    return definition.schema, definition.table, definition.where, definition.key[:width]
