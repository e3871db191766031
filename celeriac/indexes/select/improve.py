"""Local search: drop what no longer helps, swap one index for another, and fill what becomes free.

Bounds refuse most swaps without a question. The number of questions is limited, not only the time, so that the same
input gives the same answer on a slow machine.
"""

from collections.abc import Mapping, Sequence

from celeriac.indexes.select.greedy import Greedy
from celeriac.indexes.select.problem import Mask, bits
from celeriac.indexes.select.records import Records


class Costs(dict[int, float]):
    """What each probe costs under one set, asked for when it is looked up: a swap concerns a few of many probes."""

    def __init__(self, records: Records, chosen: Mask) -> None:
        super().__init__()
        self._records = records
        self._chosen = chosen

    def __missing__(self, probe: int) -> float:
        cost = self[probe] = self._records.cost(probe, self._chosen)
        return cost


def objective(greedy: Greedy, chosen: Mask) -> float:
    """Return the exact objective under a set."""
    costs = (weight * greedy.records.cost(probe, chosen) for probe, weight in enumerate(greedy.problem.weights))
    return sum(costs) + greedy.problem.write_penalty(chosen)


def improve(greedy: Greedy, chosen: Mask, moves: Sequence[Mask], power: float, max_questions: int) -> Mask:
    """Drop and swap until nothing gains, the questions are used up or the time is."""
    limit = greedy.records.asked + max_questions
    chosen = drop_useless(greedy, chosen)
    improved = True
    while improved and greedy.records.asked < limit and not greedy.problem.expired():
        improved = False
        for item in bits(chosen):
            if not chosen >> item & 1:
                continue
            better = _swapped(greedy, chosen, item, limit)
            if better is not None:
                chosen = drop_useless(greedy, greedy.grow(better, moves, power))
                improved = True
    return chosen


def drop_useless(greedy: Greedy, chosen: Mask) -> Mask:
    """Remove every index without which the objective is no worse by more than the least gain."""
    current = Costs(greedy.records, chosen)
    for item in sorted(bits(chosen), key=lambda i: (-greedy.problem.items[i].size_bytes, i)):
        without = chosen & ~(1 << item)
        if _gain(greedy, chosen, without, current, -greedy.problem.min_gain) is not None:
            chosen = without
            for probe in greedy.probes(1 << item):
                current[probe] = greedy.records.cost(probe, chosen)
    return chosen


def _swapped(greedy: Greedy, chosen: Mask, item: int, limit: int) -> Mask | None:
    """Return the set with one item replaced by the best other one, None where no swap gains."""
    problem, current = greedy.problem, Costs(greedy.records, chosen)
    without = chosen & ~(1 << item)
    affected = 0
    for probe in greedy.probes(1 << item):
        affected |= problem.relevant[probe]
    best: Mask | None = None
    least = max(problem.min_gain, 0.0)
    for other in bits(affected & ~chosen):
        changed = without | 1 << other
        if greedy.records.asked >= limit or problem.expired():
            break
        if problem.permits(changed) and (gain := _gain(greedy, chosen, changed, current, least)) is not None:
            best, least = changed, gain
    return best


def _gain(greedy: Greedy, chosen: Mask, changed: Mask, current: Mapping[int, float], least: float) -> float | None:
    """Return the exact gain of a change where it exceeds `least`, asking no more than that takes."""
    probes = greedy.probes(chosen ^ changed)
    while True:
        doubt = greedy.doubt(chosen, changed, current, probes)
        if doubt.gain <= least:
            return None
        if doubt.probe is None:
            return doubt.gain
        if greedy.problem.expired():
            return None
        greedy.records.cost(doubt.probe, changed)
