"""Every answer of the planner, kept, and what it implies for sets that were never asked about.

If the plan of a probe under C uses only U, then any C' with U ⊆ C' ⊆ C has exactly that cost, any C' that contains U
costs at most that, and any C' inside C at least that: cost never rises as indexes are added. Most questions of a search
are answered so, without an EXPLAIN.
"""

from collections.abc import Callable, Sequence

from celeriac.indexes.select.problem import CostOracle, Mask

TOLERANCE = 1e-9
"""Relative; a lower and an upper bound this close are one figure."""


class Records:
    """Bounds on the cost of each probe under any set of items, and exact costs at the price of a question."""

    def __init__(
        self, oracle: CostOracle, relevant: Sequence[Mask], expired: Callable[[], bool] = lambda: False
    ) -> None:
        self._expired = expired
        self.relevant = list(relevant)
        self._oracle = oracle
        self._records: list[list[tuple[Mask, Mask, float]]] = [[] for _ in relevant]
        self._bounds: list[dict[Mask, tuple[float, float, int]]] = [{} for _ in relevant]
        self._learnt: set[tuple[int, Mask]] = set()
        self.asked = 0

    def add(self, probe: int, offered: Mask, used: Mask, cost: float) -> None:
        """Keep an answer that is already known."""
        self._records[probe].append((offered, used, cost))

    def learn(self, probe: int, offered: Mask) -> bool:
        """Ask about a set that holds more than what seemed relevant, and say whether more is."""
        if (probe, offered) in self._learnt:
            return False
        self._learnt.add((probe, offered))
        answer = self._oracle.ask(probe, offered)
        self.asked += 1
        if answer is None:
            return False
        _, believed = self.bounds(probe, offered)
        self.add(probe, offered, answer.used, answer.cost)
        if answer.cost >= believed * (1 - 1e-6):
            return False
        self.relevant[probe] |= answer.used
        return True

    def bounds(self, probe: int, mask: Mask) -> tuple[float, float]:
        """Return the least and the most that a probe can cost under a set."""
        mask &= self.relevant[probe]
        low, high, seen = self._bounds[probe].get(mask, (0.0, float("inf"), 0))
        records = self._records[probe]
        if seen == len(records):
            return low, high
        for offered, used, cost in records[seen:]:
            if mask & ~offered == 0 and cost > low:
                low = cost
            if used & ~mask == 0 and cost < high:
                high = cost
        low = min(low, high)
        self._bounds[probe][mask] = (low, high, len(records))
        return low, high

    def is_exact(self, probe: int, mask: Mask) -> bool:
        """Tell whether the records fix the cost."""
        low, high = self.bounds(probe, mask)
        return high - low <= TOLERANCE * high

    def cost(self, probe: int, mask: Mask) -> float:
        """Return the exact cost, asking the planner where the records leave a doubt; once expired, the upper bound."""
        low, high = self.bounds(probe, mask)
        if high - low <= TOLERANCE * high or self._expired():
            return high
        mask &= self.relevant[probe]
        answer = self._oracle.ask(probe, mask)
        self.asked += 1
        # Where the planner fails on just this set, the set is worth nothing.
        cost, used = (high, mask) if answer is None else (min(answer.cost, high), answer.used)
        self.add(probe, mask, used, cost)
        self._bounds[probe][mask] = (cost, cost, len(self._records[probe]))
        return cost
