"""Candidates from plans: offer a statement all of its candidates at once, keep what the plan uses, offer the rest.

What the planner uses together stays together as a group: two indexes that are worthless alone. What never comes up in
a few rounds cannot matter to that statement. Narrow keys and covering ones go apart: the covering ones would push the
narrow ones out of the plan, and a budget often pays for the narrow ones only.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from celeriac.indexes.candidates.scope import Candidate
from celeriac.indexes.index import IndexDefinition
from celeriac.indexes.what_if import NoPlan, Plan
from celeriac.statements.parsed import Binding, Plannable

MIN_IMPROVEMENT = 1e-3
"""Of the cost, by which a round must improve."""
HARVEST_ROUNDS = 3
PEEL_ROUNDS = 4
"""Ten find 0.2 % more at twice the questions."""

Ask = Callable[[Plannable, Binding | None, Collection[IndexDefinition]], Plan | NoPlan]

ByTable = Mapping[tuple[str, str], frozenset[IndexDefinition]]


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer of the planner: under `offered` the probe costs `cost` and uses `used`."""

    offered: frozenset[IndexDefinition]
    used: frozenset[IndexDefinition]
    cost: float
    telling: bool = True
    """False where the cost did not improve: what the plan used then is chance."""


@dataclass(slots=True)
class Probe:
    """One statement with one binding, and what the planner has said about it."""

    statement: Plannable
    binding: Binding | None
    share: float
    """Of the statement's calls."""
    base_cost: float
    seen: list[Seen] = field(default_factory=list)
    substitutes: set[IndexDefinition] = field(default_factory=set)
    """Larger indexes that would do what one that matters does."""
    searched: set[IndexDefinition] = field(default_factory=set)
    """What some plan searched, not merely read from end to end."""

    @property
    def tables(self) -> frozenset[tuple[str, str]]:
        """The tables it names."""
        return frozenset((relation.schema, relation.table) for relation in self.statement.parsed.relations)

    @property
    def matters(self) -> frozenset[IndexDefinition]:
        """Every index that some plan of it used."""
        return frozenset().union(*(seen.used for seen in self.seen if seen.telling), self.substitutes)


def harvest(ask: Ask, probe: Probe, candidates: Iterable[Candidate], expired: Callable[[], bool]) -> None:
    """Let a probe choose among its own candidates: those with a rule behind them, then any pairs, then covering ones.

    The later kinds are offered beside the best so far, and only what improves on it counts: of many pairs that a plan
    could use equally well none would say anything.
    """
    ruled, pairs, covering = set[IndexDefinition](), set[IndexDefinition](), set[IndexDefinition]()
    for candidate in candidates:
        kinds = {"pairs": pairs, "covering": covering}
        kinds.get(candidate.generator, ruled).add(candidate.definition)
    _rounds(ask, probe, frozenset(ruled), HARVEST_ROUNDS, expired)
    for kind in (pairs, covering):
        _rounds(ask, probe, frozenset(kind), HARVEST_ROUNDS, expired, beside=_best(probe))


def harvest_again(
    ask: Ask,
    probe: Probe,
    candidates: Iterable[Candidate],
    found: frozenset[IndexDefinition],
    expired: Callable[[], bool],
) -> None:
    """Ask about another binding of a statement of which the indexes that matter to the first are known."""
    ruled = {one.definition for one in candidates if one.generator not in ("pairs", "covering")}
    _rounds(ask, probe, frozenset(ruled | found), HARVEST_ROUNDS, expired, known=found)


def peel(
    ask: Ask,
    probe: Probe,
    pool: ByTable,
    merged: ByTable,
    expired: Callable[[], bool],
    *,
    first: bool = True,
) -> None:
    """Let a probe choose among what all the others brought, until nothing is left that it would use.

    Where it is not the statement's first binding, it is asked once: what is left matters to the first one too.
    """
    near = frozenset().union(*(pool.get(table, ()) for table in probe.tables))
    unions = frozenset().union(*(merged.get(table, ()) for table in probe.tables)) - near
    offered = frozenset().union(*(seen.offered for seen in probe.seen))
    covering = frozenset(definition for definition in near if definition.include)
    for kind in (near - covering, covering):
        # What was offered before and never used would not be used now.
        if first and kind - offered:
            _rounds(ask, probe, kind, PEEL_ROUNDS, expired, known=offered)
    everything = probe.matters | near | unions
    if not any(seen.used <= everything <= seen.offered for seen in probe.seen):
        _rounds(ask, probe, everything, 1, expired)


def by_table(definitions: Iterable[IndexDefinition]) -> ByTable:
    """Group definitions by the table they are on."""
    found: defaultdict[tuple[str, str], set[IndexDefinition]] = defaultdict(set)
    for definition in definitions:
        found[definition.schema, definition.table].add(definition)
    return {table: frozenset(those) for table, those in found.items()}


def groups(probes: Iterable[Probe]) -> list[frozenset[IndexDefinition]]:
    """List the sets that plans used together, each once."""
    found = (seen.used for probe in probes for seen in probe.seen if seen.telling and 1 < len(seen.used) <= 4)
    return list(dict.fromkeys(found))


def _rounds(
    ask: Ask,
    probe: Probe,
    candidates: frozenset[IndexDefinition],
    rounds: int,
    expired: Callable[[], bool],
    beside: Seen | None = None,
    known: frozenset[IndexDefinition] = frozenset(),
) -> None:
    """Offer, keep what is used, offer the rest, until the rest does not beat the cost beside it.

    With `known`, what was offered before, a round that uses nothing else is the last.
    """
    remaining = candidates
    always = beside.used if beside is not None else frozenset[IndexDefinition]()
    to_beat = (beside.cost if beside is not None else probe.base_cost) * (1 - MIN_IMPROVEMENT)
    for _ in range(rounds):
        if not remaining or expired():
            return
        offered = remaining | always
        plan = ask(probe.statement, probe.binding, offered)
        if isinstance(plan, NoPlan):
            return
        probe.searched |= plan.searched
        if plan.cost > to_beat:
            # It bounds the cost from below; what it used matters to nobody.
            probe.seen.append(Seen(offered, plan.used, plan.cost, telling=False))
            return
        probe.seen.append(Seen(offered, plan.used, plan.cost))
        remaining -= plan.used
        if known and plan.used <= known:
            return


def _best(probe: Probe) -> Seen:
    return min(probe.seen, key=lambda seen: seen.cost)
