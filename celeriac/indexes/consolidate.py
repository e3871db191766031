"""One index for each purpose: fewer and plainer ones where no statement notices.

A search for the least cost keeps two indexes where a third would nearly do for both; each one more is written, vacuumed
and explained to somebody.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from celeriac.indexes.candidates.redundancy import covers
from celeriac.indexes.index import IndexDefinition
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.select import Mask, Problem, Records, bits

PLAIN_SHARE = 0.1
"""Of the tolerated loss: an answer from the index alone is worth its bytes sooner than an index is worth being."""

NARROW_SHARE = 0.01
"""Of a statement's cost without any index: the last hundredth does not pay a wider key, such as one that holds what a
handful of rows return. What is left is measured once the narrow one is there, and may be asked for then."""


UNFELT_COST = 100.0
"""A tenth of a millisecond or so: nobody notices that such a look-up takes three times as long. Of what takes longer,
one index less may double the cost at most, however much the first index brought."""


@dataclass(frozen=True, slots=True)
class Move:
    """Take some indexes away for another, or for nothing."""

    removed: Mask
    added: Mask = 0
    kind: Literal["fewer", "plainer", "narrower"] = "fewer"
    """One less; one with nothing included; or a key without its end."""

    def made(self, chosen: Mask) -> Mask:
        """Return the set after the move."""
        return chosen & ~self.removed | self.added


def consolidate(
    problem: Problem,
    records: Records,
    chosen: Mask,
    pool: Sequence[IndexDefinition],
    near: Sequence[Mask],
    policy: AdvisorPolicy,
) -> Mask:
    """Make every move that no statement notices, table by table, then widen what some statement would notice.

    Every question is put to the planner with the whole answer present: what a statement never asked for may serve it.
    """
    see_whole(records, near, chosen)
    tables: dict[tuple[str, str], list[int]] = {}
    for place, definition in enumerate(pool):
        tables.setdefault((definition.schema, definition.table), []).append(place)
    by_table = [places for places in tables.values() if any(chosen >> place & 1 for place in places)]
    probes_of: dict[int, list[int]] = {}
    for probe, mask in enumerate(near):
        for place in bits(mask):
            probes_of.setdefault(place, []).append(probe)
    weighings = [
        Weighing(problem, records, near, probes_of.get(places[0], []), policy.max_loss_ratio) for places in by_table
    ]
    for places, weighing in zip(by_table, weighings, strict=True):
        if not problem.expired():
            chosen = _repeat(weighing.unnoticed, moves, chosen, places, pool)
    for places, weighing in zip(by_table, weighings, strict=True):
        if not problem.expired():
            chosen = _repeat(weighing.noticed, widenings, chosen, places, pool)
    return chosen


@dataclass(frozen=True, slots=True)
class Weighing:
    """Asks what a move means to the statements of one table."""

    problem: Problem
    records: Records
    near: Sequence[Mask]
    probes: Sequence[int]
    max_loss_ratio: float

    def unnoticed(self, chosen: Mask, move: Move) -> bool:
        """Weigh what each statement loses: of its cost without any index, or with the wider key that is to be cut."""
        changed = move.made(chosen)
        if self.problem.expired() or not self.problem.permits(changed):
            return False
        for probe in self.probes:
            self.records.relevant[probe] |= self.near[probe] & (chosen | changed)
            loss = self.records.cost(probe, changed) - self.records.cost(probe, chosen)
            if loss > self._tolerated(probe, chosen, move.kind):
                return False
        return True

    def _tolerated(self, probe: int, chosen: Mask, kind: str) -> float:
        without = self.records.cost(probe, 0)
        if kind == "fewer":
            return min(self.max_loss_ratio * without, max(self.records.cost(probe, chosen), UNFELT_COST))
        if kind == "plainer":
            return self.max_loss_ratio * PLAIN_SHARE * without
        if kind == "narrower":
            return max(self.max_loss_ratio * self.records.cost(probe, chosen), NARROW_SHARE * without)
        return self.max_loss_ratio * without

    def noticed(self, chosen: Mask, move: Move) -> bool:
        """Tell whether widening saves on the whole, and so much for one statement that it could not be undone."""
        wider = move.made(chosen)
        if self.problem.expired() or not self.problem.permits(wider):
            return False
        undone = Move(move.added, move.removed, move.kind)
        if self.unnoticed(wider, undone):
            return False
        costs = self.records.cost
        gain = sum(self.problem.weights[p] * (costs(p, chosen) - costs(p, wider)) for p in self.probes)
        paid = self.problem.write_penalty(move.added) - self.problem.write_penalty(move.removed)
        return gain - paid > self.problem.min_gain


def moves(chosen: Mask, places: Sequence[int], pool: Sequence[IndexDefinition]) -> Iterator[Move]:
    """List the moves that could make one table's indexes simpler; each leaves fewer, or narrower ones."""
    kept = [(item, pool[item]) for item in places if chosen >> item & 1]
    others = [(place, pool[place]) for place in places if not chosen >> place & 1]
    for item, narrow in sorted(kept, key=lambda pair: len(pair[1].key)):
        for other, wide in kept:
            if wide != narrow and _holds(wide, narrow):
                yield Move(1 << item)
                yield Move(1 << other, kind=_kind(wide, narrow))
    for (one, first), (other, second) in combinations(kept, 2):
        for place, definition in others:
            if _unites(definition, first, second):
                yield Move(1 << one | 1 << other, 1 << place)
    yield from (
        Move(1 << item, 1 << place, _kind(wide, narrow))
        for item, wide in kept
        for place, narrow in others
        if covers(wide, narrow)
    )


def widenings(chosen: Mask, places: Sequence[int], pool: Sequence[IndexDefinition]) -> Iterator[Move]:
    """List what could stand in the place of one index and hold more."""
    for item in places:
        for place in places:
            if chosen >> item & 1 and not chosen >> place & 1 and covers(pool[place], pool[item]):
                yield Move(1 << item, 1 << place, _kind(pool[place], pool[item]))


def see_whole(records: Records, near: Sequence[Mask], chosen: Mask) -> None:
    """Let every statement be asked about all that is chosen on its tables, not only what it once used."""
    for probe, mask in enumerate(near):
        records.relevant[probe] |= mask & chosen


def _repeat(
    permitted: Callable[[Mask, Move], bool],
    listed: Callable[[Mask, Sequence[int], Sequence[IndexDefinition]], Iterator[Move]],
    chosen: Mask,
    places: Sequence[int],
    pool: Sequence[IndexDefinition],
) -> Mask:
    """Make moves until none is permitted."""
    while (move := next((m for m in listed(chosen, places, pool) if permitted(chosen, m)), None)) is not None:
        chosen = move.made(chosen)
    return chosen


def _kind(wide: IndexDefinition, narrow: IndexDefinition) -> Literal["plainer", "narrower"]:
    return "plainer" if wide.include and not narrow.include else "narrower"


def _holds(wide: IndexDefinition, narrow: IndexDefinition) -> bool:
    """Tell whether an index has every column of another in its key, or begins like it."""
    return _alike(wide, narrow) and (set(wide.key) > set(narrow.key) or covers(wide, narrow))


def _unites(definition: IndexDefinition, one: IndexDefinition, other: IndexDefinition) -> bool:
    same = _alike(definition, one) and _alike(definition, other)
    return same and not definition.include and set(definition.key) == {*one.key, *other.key}


def _alike(one: IndexDefinition, other: IndexDefinition) -> bool:
    return (one.schema, one.table, one.method, one.where) == (other.schema, other.table, other.method, other.where)
