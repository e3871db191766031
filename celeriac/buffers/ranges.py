"""Block numbers as ranges: one call of pg_prewarm reads a range, so near blocks belong together."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

Range = tuple[int, int]
"""First and last block, both included."""


def group(blocks: Sequence[int], gap: int = 0, max_ranges: int | None = None) -> tuple[Range, ...]:
    """Join ascending block numbers into ranges across gaps of at most `gap` missing blocks.

    Where that leaves more than `max_ranges`, the narrowest gaps are bridged too.

    >>> group([1, 2, 3, 7, 20], gap=3)
    ((1, 7), (20, 20))
    >>> group([1, 10, 12, 30], max_ranges=2)
    ((1, 12), (30, 30))
    """
    if not blocks:
        return ()
    breaks = [(after - before - 1, at) for at, (before, after) in enumerate(pairwise(blocks), start=1)]
    kept = [(missing, at) for missing, at in breaks if missing > gap]
    if max_ranges is not None and len(kept) >= max_ranges:
        kept = sorted(kept, reverse=True)[: max_ranges - 1]
    starts = [0, *sorted(at for _, at in kept), len(blocks)]
    return tuple((blocks[start], blocks[end - 1]) for start, end in pairwise(starts))


def size(ranges: Iterable[Range]) -> int:
    """Count the blocks in ranges.

    >>> size([(0, 3), (9, 9)])
    5
    """
    return sum(last - first + 1 for first, last in ranges)


def clip(ranges: Iterable[Range], end: int) -> tuple[Range, ...]:
    """Drop what lies at or beyond block `end`: a relation may have been truncated.

    >>> clip([(0, 3), (6, 9), (12, 13)], end=8)
    ((0, 3), (6, 7))
    """
    return tuple((first, min(last, end - 1)) for first, last in ranges if first < end)


def take(ranges: Iterable[Range], blocks: int) -> tuple[Range, ...]:
    """Keep the first ranges that hold `blocks` blocks together, cutting the last to fit.

    >>> take([(0, 3), (6, 9)], 6)
    ((0, 3), (6, 7))
    """
    taken: list[Range] = []
    for first, last in ranges:
        if blocks <= 0:
            break
        taken.append((first, min(last, first + blocks - 1)))
        blocks -= last - first + 1
    return tuple(taken)


def steps(ranges: Iterable[Range], blocks: int) -> Iterable[tuple[Range, ...]]:
    """Cut ranges into consecutive batches of at most `blocks` blocks each.

    >>> list(steps([(0, 4), (8, 8)], 3))
    [((0, 2),), ((3, 4), (8, 8))]
    """
    batch: list[Range] = []
    room = blocks
    for first, last in ranges:
        while first <= last:
            end = min(last, first + room - 1)
            batch.append((first, end))
            room -= end - first + 1
            first = end + 1
            if room == 0:
                yield tuple(batch)
                batch, room = [], blocks
    if batch:
        yield tuple(batch)
