"""Which indexes to choose: pure; whoever knows the costs is asked through a protocol."""

from dataclasses import dataclass

from celeriac.indexes.select.greedy import Greedy
from celeriac.indexes.select.improve import drop_useless, improve, objective
from celeriac.indexes.select.problem import Answer, CostOracle, Item, Mask, Problem, bits
from celeriac.indexes.select.records import Records

__all__ = ["Answer", "CostOracle", "Item", "Mask", "Problem", "Records", "Selection", "bits", "select"]

POWERS = (1.0, 0.7, 0.4)
"""Of the bytes in gain ÷ bytes^p: small budgets want bytes weighed fully, large ones hardly."""

SWAP_SHARE = 0.5
"""Questions a round of swaps may ask, as a share of the pairs of probe and item."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen items, and the objective with none and with them."""

    chosen: Mask
    before: float
    after: float


def select(problem: Problem, records: Records) -> Selection:
    """Grow a set for each power, improve the best one, the first of equals, and keep what is best."""
    greedy = Greedy(problem, records)
    before = objective(greedy, 0)
    moves = [1 << item for item in range(len(problem.items))] + [m for m in problem.groups if m & (m - 1)]
    best, best_power = Selection(0, before, before), POWERS[0]
    for power in POWERS:
        grown = drop_useless(greedy, greedy.grow(0, moves, power))
        grown = drop_useless(greedy, greedy.grow(grown, moves, power))
        if (after := objective(greedy, grown)) < best.after:
            best, best_power = Selection(grown, before, after), power
        if problem.expired():
            return best
    questions = int(SWAP_SHARE * sum(mask.bit_count() for mask in problem.relevant)) + len(problem.weights)
    chosen = improve(greedy, best.chosen, moves, best_power, questions)
    return min(best, Selection(chosen, before, objective(greedy, chosen)), key=lambda selection: selection.after)
