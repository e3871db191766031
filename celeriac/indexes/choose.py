"""Turn a study into a problem of sets and weights, have it solved, and say what each chosen index is worth."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from celeriac.indexes.consolidate import UNFELT_COST, consolidate
from celeriac.indexes.harvest import Probe
from celeriac.indexes.index import IndexDefinition
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.select import POWER, Answer, Item, Mask, Problem, Records, bits, select
from celeriac.indexes.select.greedy import Greedy
from celeriac.indexes.select.improve import improve, objective
from celeriac.indexes.served import Served
from celeriac.indexes.study import Planner, Study
from celeriac.indexes.what_if import NoPlan
from celeriac.statements.catalog.tables import Catalog

MIN_GAIN_RATIO = 1e-5
"""Of the objective: below it two plans are the same but for rounding."""


MAX_REFINEMENTS = 4


@dataclass(frozen=True, slots=True)
class Worth:
    """What one chosen index is worth beside the others: by statement, and net of what writes pay."""

    definition: IndexDefinition
    size_bytes: int
    saving: float
    """In units of the objective, before the write penalty."""
    served: float
    """The objective, without any index, of the statements that it helps."""
    penalty: float
    statements: Mapping[int, float]
    """Place of the statement among the served ones -> the share of its cost that this index alone saves."""
    remaining: float
    """The objective of the same statements with all the other indexes."""
    felt: bool
    """Whether one of them would notice that it is not there."""

    def halves(self, least: float) -> bool:
        """Tell whether it halves what the others leave of statements that weigh something.

        A nested loop without any index can cost so much that nothing seems worth adding to the first one.
        """
        return self.felt and self.served > least and self.saving - self.penalty > self.remaining / 2

    @property
    def ratio(self) -> float:
        """Share of the objective that it saves, net, among the statements that use it."""
        return max(0.0, (self.saving - self.penalty) / self.served) if self.served > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen indexes with their worth, and each statement's cost before and after."""

    worths: tuple[Worth, ...]
    cost_before: tuple[float, ...]
    cost_after: tuple[float, ...]


class PoolOracle:
    """Answers about sets of pool members, by their places."""

    def __init__(self, planner: Planner, probes: Sequence[Probe], pool: Sequence[IndexDefinition]) -> None:
        self._planner = planner
        self._probes = probes
        self._pool = pool
        self.places = {definition: place for place, definition in enumerate(pool)}

    def ask(self, probe: int, offered: Mask) -> Answer | None:
        """Ask the planner about one probe."""
        asked = self._probes[probe]
        plan = self._planner.ask(asked.statement, asked.binding, [self._pool[item] for item in bits(offered)])
        return None if isinstance(plan, NoPlan) else Answer(plan.cost, self.mask(plan.used))

    def mask(self, definitions: frozenset[IndexDefinition]) -> Mask:
        """Write a set as bits; what is not in the pool is a bit that no set of the pool holds."""
        mask = 0
        for definition in definitions:
            mask |= 1 << self.places.get(definition, len(self._pool))
        return mask


def choose(
    study: Study,
    planner: Planner,
    served: Sequence[Served],
    hours: float,
    catalog: Catalog,
    policy: AdvisorPolicy,
    sizes: Mapping[IndexDefinition, int],
    penalties: Mapping[IndexDefinition, float],
    budget_bytes: int,
    expired: Callable[[], bool],
) -> Choice:
    """Choose within the budget, then let go whatever does not save enough, until all that is left does."""
    oracle = PoolOracle(planner, study.probes, study.pool)
    everything = (1 << len(study.pool)) - 1
    relevant = [oracle.mask(probe.matters) & everything for probe in study.probes]
    weights = _weights(study, served, hours, policy)
    records = Records(oracle, relevant, expired)
    for place, probe in enumerate(study.probes):
        for seen in probe.seen:
            offered = oracle.mask(seen.offered & oracle.places.keys())
            records.add(place, offered, oracle.mask(seen.used), seen.cost)
    before = sum(weight * probe.base_cost for weight, probe in zip(weights, study.probes, strict=True))
    tables = sorted({(definition.schema, definition.table) for definition in study.pool})
    on_table: defaultdict[tuple[str, str], Mask] = defaultdict(int)
    for place, definition in enumerate(study.pool):
        on_table[definition.schema, definition.table] |= 1 << place
    near = [sum(on_table[table] for table in probe.tables) for probe in study.probes]
    problem = Problem(
        items=[Item(sizes[d], penalties.get(d, 0.0), tables.index((d.schema, d.table))) for d in study.pool],
        weights=weights,
        relevant=records.relevant,
        budget_bytes=budget_bytes,
        room={
            number: max(0, policy.max_indexes_per_table - len(catalog.tables[name].indexes))
            for number, name in enumerate(tables)
        },
        groups=[mask for group in study.groups if (mask := oracle.mask(group)) <= everything],
        min_gain=MIN_GAIN_RATIO * before,
        expired=expired,
    )
    chosen = _chosen(problem, records, near)
    if policy.objective == "time":
        chosen = _tidied(problem, records, chosen, study.pool, near, policy)
    least = min(policy.min_workload_ratio, 0.1 / max(1, len(served)))
    after = sum(weight * records.cost(place, chosen) for place, weight in enumerate(weights))
    while True:
        worths = _worths(study, problem, records, chosen)
        weak = min(
            (w for w in worths if _too_weak(w, policy, least * (after if w.halves(least * before) else before))),
            key=lambda worth: worth.ratio,
            default=None,
        )
        if weak is None:
            costs = _costs(study, records, chosen, len(served))
            return Choice(tuple(_attributed(worths, *costs)), *costs)
        chosen &= ~(1 << oracle.places[weak.definition])


def _chosen(problem: Problem, records: Records, near: Sequence[Mask]) -> Mask:
    """Select, plan with the whole answer, and select again where a plan uses what seemed irrelevant to it."""
    best, least = 0, float("inf")
    for _ in range(MAX_REFINEMENTS):
        selection = select(problem, records)
        surprises = [
            probe
            for probe, mask in enumerate(near)
            if selection.chosen & mask & ~records.relevant[probe] and records.learn(probe, selection.chosen & mask)
        ]
        after = objective(Greedy(problem, records), selection.chosen)
        if after < least:
            best, least = selection.chosen, after
        if not surprises or problem.expired():
            break
    return best


def _tidied(
    problem: Problem,
    records: Records,
    chosen: Mask,
    pool: Sequence[IndexDefinition],
    near: Sequence[Mask],
    policy: AdvisorPolicy,
) -> Mask:
    """Consolidate, spend what that frees on better ones, and consolidate those."""
    chosen = consolidate(problem, records, chosen, pool, near, policy)
    greedy = Greedy(problem, records)
    singles = [1 << item for item in range(len(pool))]
    questions = sum(mask.bit_count() for mask in problem.relevant)
    better = improve(greedy, greedy.grow(chosen, singles, POWER), singles, POWER, questions)
    return consolidate(problem, records, better, pool, near, policy)


def _weights(study: Study, served: Sequence[Served], hours: float, policy: AdvisorPolicy) -> list[float]:
    """Weigh a unit of each probe's cost: by the statement's measured milliseconds an hour, or by one."""
    if policy.objective == "cost":
        return [probe.share for probe in study.probes]
    base = [0.0] * len(served)
    for probe, of in zip(study.probes, study.statement_of, strict=True):
        base[of] += probe.share * probe.base_cost
    return [
        probe.share * served[of].statement.counters.total_ms / hours / base[of] if base[of] > 0 else 0.0
        for probe, of in zip(study.probes, study.statement_of, strict=True)
    ]


def _worths(study: Study, problem: Problem, records: Records, chosen: Mask) -> list[Worth]:
    worths = []
    probes_of: defaultdict[int, list[int]] = defaultdict(list)
    for place, mask in enumerate(problem.relevant):
        for item in bits(mask & chosen):
            probes_of[item].append(place)
    for item in bits(chosen):
        without = chosen & ~(1 << item)
        saving = served = remaining = most = 0.0
        shares: dict[int, float] = {}
        for place in probes_of[item]:
            probe = study.probes[place]
            saved = records.cost(place, without) - records.cost(place, chosen)
            if saved > 1e-6 * probe.base_cost:
                of = study.statement_of[place]
                shares[of] = shares.get(of, 0.0) + probe.share * saved / probe.base_cost
                saving += problem.weights[place] * saved
                served += problem.weights[place] * probe.base_cost
                remaining += problem.weights[place] * records.cost(place, without)
                most = max(most, saved)
        details = problem.items[item]
        worths.append(
            Worth(
                study.pool[item],
                details.size_bytes,
                saving,
                served,
                details.write_penalty,
                shares,
                remaining,
                felt=most > UNFELT_COST,
            )
        )
    return worths


def _too_weak(worth: Worth, policy: AdvisorPolicy, floor: float) -> bool:
    if policy.objective == "cost":
        return worth.saving <= 0
    net = worth.saving - worth.penalty
    small = worth.ratio < policy.min_saving_ratio and not worth.halves(0)
    return small or net < max(policy.min_saving_ms_per_hour, floor)


def _attributed(worths: Sequence[Worth], before: Sequence[float], after: Sequence[float]) -> Iterator[Worth]:
    """Share out what indexes save only together, so that all of them promise no more than the whole saving."""
    promised: dict[int, float] = {}
    for worth in worths:
        for of, share in worth.statements.items():
            promised[of] = promised.get(of, 0.0) + share
    for worth in worths:
        shares = {
            of: share * min(1.0, (1 - after[of] / before[of]) / promised[of]) for of, share in worth.statements.items()
        }
        kept = sum(shares.values()) / sum(worth.statements.values()) if worth.statements else 1.0
        yield replace(worth, saving=worth.saving * kept, statements=shares)


def _costs(
    study: Study, records: Records, chosen: Mask, statements: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    before, after = [0.0] * statements, [0.0] * statements
    for place, (probe, of) in enumerate(zip(study.probes, study.statement_of, strict=True)):
        before[of] += probe.share * probe.base_cost
        after[of] += probe.share * records.cost(place, chosen)
    return tuple(before), tuple(after)
