"""Which indexes to choose: pure; whoever knows the costs is asked through a protocol."""

from dataclasses import dataclass

from celeriac.indexes.select.greedy import Greedy
from celeriac.indexes.select.improve import drop_useless, improve, objective
from celeriac.indexes.select.problem import Answer, CostOracle, Item, Mask, Problem, bits
from celeriac.indexes.select.records import Records

__all__ = ["Answer", "CostOracle", "Item", "Mask", "Problem", "Records", "Selection", "bits", "select"]

POWER = 0.7
"""Of the bytes in gain ÷ bytes^p. One is enough: once swaps have improved them, the sets that 0.5 to 1.0 lead to were
the same on every suite and budget tried, and each further power doubles the questions."""

SWAP_SHARE = 0.5
"""Questions a round of swaps may ask, as a share of the pairs of probe and item."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen items, and the objective with none and with them."""

    chosen: Mask
    before: float
    after: float


def select(problem: Problem, records: Records) -> Selection:
    """Grow a set, let go what it no longer needs, fill what that frees, and improve it by swaps."""
    greedy = Greedy(problem, records)
    before = objective(greedy, 0)
    moves = [1 << item for item in range(len(problem.items))] + [m for m in problem.groups if m & (m - 1)]
    chosen = 0
    for _ in range(2):
        chosen = drop_useless(greedy, greedy.grow(chosen, moves, POWER))
    questions = int(SWAP_SHARE * sum(mask.bit_count() for mask in problem.relevant)) + len(problem.weights)
    improved = improve(greedy, chosen, moves, POWER, questions)
    after, least = objective(greedy, chosen), objective(greedy, improved)
    return Selection(improved, before, least) if least < after else Selection(chosen, before, after)
