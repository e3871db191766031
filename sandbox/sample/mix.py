"""The mix: an endless, seeded sequence of calls in which every deck holds each shape exactly as often as its share.

Which call comes next depends on its number alone, never on how fast earlier ones were, so the mix before a change and
the mix after it are the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from sandbox.sample.reads import READS
from sandbox.sample.shape import Draw, Extent, Shape
from sandbox.sample.writes import WRITES

SHAPES: tuple[Shape, ...] = (*READS, *WRITES)
DECK = tuple(shape for shape in SHAPES for _ in range(shape.share))


@dataclass(frozen=True, slots=True)
class Call:
    """One call to make, with its place in the sequence."""

    number: int
    shape: Shape
    seed: int

    def draw(self, extent: Extent) -> Draw:
        """Return what draws this call's values: the same in every run with the same seed."""
        return Draw(Random(self.seed * 1_000_003 + self.number), extent)


def sequence(seed: int = 1) -> Iterator[Call]:
    """Yield the calls of the mix without end, deck after deck, each shuffled."""
    shuffler, number = Random(seed), 0
    while True:
        for shape in shuffler.sample(DECK, len(DECK)):
            yield Call(number, shape, seed)
            number += 1
