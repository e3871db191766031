"""Put choices for single columns together into one to five bindings, weighted by how likely calls are to be like them.

Where the rows of the answer are rows of one table, the observed rows per call say which values the calls ask for.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from celeriac.statements.parameters.choices import Choice

MAX_BINDINGS = 5
_VARIED_GROUPS = 2
"""Columns whose choices are combined with each other; the others stay with their most common one."""
_LEAST_WEIGHT = 0.02
"""A binding that stands for fewer calls than this is not worth its EXPLAIN."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Rows that a call was seen to return from a table of `rows`."""

    rows: float
    per_call: float


@dataclass(frozen=True, slots=True)
class Weighted:
    """Values by parameter number, and the share of the calls they stand for."""

    values: dict[int, str]
    weight: float


def combine(groups: Sequence[Sequence[Choice]], observed: Observed | None) -> list[Weighted]:
    """Combine the choices of each group of parameters; the weights add up to 1.

    Returns one binding without values for a statement that has no choices to make.
    """
    varied = sorted(range(len(groups)), key=lambda place: (-_spread(groups[place]), place))[:_VARIED_GROUPS]
    options = [
        list(group) if place in varied else [max(group, key=lambda choice: choice.share)]
        for place, group in enumerate(groups)
    ]
    scored = [(_score(combination, observed), combination) for combination in product(*options)]
    scored.sort(key=lambda pair: -pair[0])
    kept = _merged(scored[:MAX_BINDINGS])
    total = sum(weight for weight, _ in kept)
    kept = [(weight, values) for weight, values in kept if weight >= _LEAST_WEIGHT * total]
    total = sum(weight for weight, _ in kept)
    return [Weighted(values, weight / total) for weight, values in kept]


def wanted_share(groups: Iterable[Sequence[Choice]], observed: Observed) -> float:
    """Return the share of rows that one more condition must leave to agree with the rows per call."""
    before = observed.rows
    for group in groups:
        before *= max(group, key=lambda choice: choice.share).selectivity
    return min(1.0, max(1e-4, observed.per_call / before)) if before > 0 else 1.0


def _spread(group: Sequence[Choice]) -> float:
    selectivities = [max(choice.selectivity, 1e-9) for choice in group]
    return math.log(max(selectivities) / min(selectivities)) + (len({str(choice.values) for choice in group}) > 1)


def _score(combination: Sequence[Choice], observed: Observed | None) -> float:
    """Multiply how common the choices are, and damp by how far the rows they would give are from those observed."""
    share = math.prod(choice.share for choice in combination)
    if observed is None:
        return max(share, 1e-12)
    estimated = observed.rows * math.prod(choice.selectivity for choice in combination)
    distance = math.log((estimated + 1) / (observed.per_call + 1))
    return max(share * math.exp(-distance * distance), 1e-300)


def _merged(scored: list[tuple[float, tuple[Choice, ...]]]) -> list[tuple[float, dict[int, str]]]:
    """Add up combinations that came to the same values."""
    merged: dict[tuple[tuple[int, str], ...], float] = {}
    for score, combination in scored:
        values = {number: value for choice in combination for number, value in choice.values.items()}
        key = tuple(sorted(values.items()))
        merged[key] = merged.get(key, 0.0) + score
    return [(score, dict(key)) for key, score in merged.items()]
