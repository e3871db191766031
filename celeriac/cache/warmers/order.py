"""In which order warmers spend the budget: pure."""

from collections.abc import Iterable, Mapping

from celeriac.cache.statistics import NamespaceStatistics
from celeriac.cache.warmers.warmer import Warmer


def ordered(warmers: Iterable[Warmer], known: Mapping[str, NamespaceStatistics]) -> list[Warmer]:
    """Return warmers by priority, and of equal priority by what a byte of theirs has saved so far.

    A namespace that was never read has no worth yet and comes last among its equals, in the order of the configuration.
    """
    return sorted(warmers, key=lambda warmer: (warmer.priority, -worth(known.get(warmer.namespace))))


def worth(statistics: NamespaceStatistics | None) -> float:
    """Return hits × cost / bytes: the µs saved by all hits for each byte that an entry takes.

    >>> worth(NamespaceStatistics("users", hits=10, saved_us=5_000, bytes_read=1_000))
    50.0
    """
    if statistics is None or not statistics.hits or not statistics.bytes_read:
        return 0.0
    return statistics.saved_us / (statistics.bytes_read / statistics.hits)
