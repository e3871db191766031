"""The lines of a plan as a tree, so that a page can show it as nested lists."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_CONDITION: Final = 4
"""Spaces by which a condition is set in from its step."""
_HYPOTHETICAL: Final = re.compile(r"<\d+>\S+")
"""The names that HypoPG gives."""


@dataclass(slots=True)
class Node:
    """One step of a plan, what it is told, and the steps below it."""

    text: str
    conditions: list[str] = field(default_factory=list)
    below: list["Node"] = field(default_factory=list)


def tree(lines: Sequence[str]) -> Node:
    """Read the lines that `celeriac.indexes.explain.lines` writes: two spaces a level, conditions four further.

    >>> root = tree(("Limit  (cost 8)", "  Index Scan using i on t  (cost 7)", "      Index Cond: (a = 1)"))
    >>> root.below[0].conditions
    ['Index Cond: (a = 1)']
    """
    open_nodes: list[tuple[int, Node]] = []
    for line in lines:
        depth = len(line) - len(line.lstrip(" "))
        if open_nodes and depth >= open_nodes[-1][0] + _CONDITION:
            open_nodes[-1][1].conditions.append(line.strip())
            continue
        node = Node(_HYPOTHETICAL.sub("the advised index", line.strip()))
        while open_nodes and open_nodes[-1][0] >= depth:
            open_nodes.pop()
        if open_nodes:
            open_nodes[-1][1].below.append(node)
        open_nodes.append((depth, node))
    return open_nodes[0][1] if open_nodes else Node("no plan")
