"""What is to be chosen: indexes with their bytes, for statements with their weights, within a budget."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Mask = int
"""A set of items as the bits of an integer: item n is bit n."""


@dataclass(frozen=True, slots=True)
class Item:
    """One index that may be chosen; `table` groups the items that share a table's limit."""

    size_bytes: int
    write_penalty: float = 0.0
    """What its table's writes pay for it, in units of the objective."""
    table: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The cost of a probe under a set of items, and those of them that its plan uses."""

    cost: float
    used: Mask


class CostOracle(Protocol):
    """Knows what a probe (one statement with one binding) costs under a set of items."""

    def ask(self, probe: int, offered: Mask) -> Answer | None:
        """Return the answer, or None where the planner refuses."""
        ...


@dataclass(frozen=True, slots=True)
class Problem:
    """Minimise the sum of `weights[p]` × cost(p) plus the write penalties, within the budget and the tables' limits.

    `relevant[p]` holds the items that can matter to probe p; `groups` are sets that a plan used together.
    """

    items: Sequence[Item]
    weights: Sequence[float]
    relevant: Sequence[Mask]
    budget_bytes: int
    room: dict[int, int] = field(default_factory=dict)
    """How many more indexes each table may get; no limit where a table is not named."""
    groups: Sequence[Mask] = ()
    min_gain: float = 0.0
    """A step must lower the objective by this much."""
    expired: Callable[[], bool] = lambda: False
    """Whether the time limit has struck: the search then ends with the best so far."""
    _tally: "Tally" = field(init=False, repr=False, compare=False)

    def size_bytes(self, mask: Mask) -> int:
        """Return the bytes of a set."""
        return sum(self.items[item].size_bytes for item in bits(mask))

    def write_penalty(self, mask: Mask) -> float:
        """Return what writes pay for a set."""
        return sum(self.items[item].write_penalty for item in bits(mask))

    def permits(self, mask: Mask) -> bool:
        """Tell whether a set keeps the budget and every table's limit."""
        self._tally.count(mask)
        return self._tally.size_bytes <= self.budget_bytes and not self._tally.crowded

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tally", Tally(self.items, self.room))


class Tally:
    """The bytes of a set and its items by table, counted from the set before.

    A search asks about one set after another that differ by an item or two; among a thousand tables that is all of its
    own time.
    """

    def __init__(self, items: Sequence[Item], room: Mapping[int, int]) -> None:
        self.size_bytes = 0
        self.crowded: set[int] = set()
        """Tables with more items than they have room for."""
        self._items = items
        self._room = room
        self._counts: Counter[int] = Counter()
        self._counted: Mask = 0

    def count(self, mask: Mask) -> None:
        """Count a set."""
        for item in bits(mask ^ self._counted):
            sign, table = (1 if mask >> item & 1 else -1), self._items[item].table
            self.size_bytes += sign * self._items[item].size_bytes
            self._counts[table] += sign
            if self._counts[table] > self._room.get(table, self._counts[table]):
                self.crowded.add(table)
            else:
                self.crowded.discard(table)
        self._counted = mask


def bits(mask: Mask) -> list[int]:
    """List the items of a set.

    >>> bits(0b1010)
    [1, 3]
    """
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found
