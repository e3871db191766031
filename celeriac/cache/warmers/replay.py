"""Compute hot keys anew before they end, and the whole hot set after Redis has lost it.

Only what is registered can be replayed: a key tells by its namespace and its template which warmer made it, and of what
values. All else is left to its next reader.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from celeriac.cache.warmers import fill, sending
from celeriac.cache.warmers.fill import Filling
from celeriac.cache.warmers.hot import HotKey
from celeriac.cache.warmers.matching import Reading, reader
from celeriac.cache.warmers.task_warmer import Send, TaskWarmer
from celeriac.cache.warmers.warmer import SqlWarmer, WarmedBy, Warmer

_CHUNK = 50
"""Keys of one warmer that are replayed before the budget looks at the next best again."""


def replayable(warmers: Iterable[Warmer]) -> tuple[Warmer, ...]:
    """Return the warmers that can compute a single key."""
    return tuple(one for one in warmers if (one.replay_query if isinstance(one, SqlWarmer) else one.key) is not None)


def due(hot: Iterable[HotKey], within_s: float) -> tuple[HotKey, ...]:
    """Return the hot keys that end within so many seconds."""
    return tuple(one for one in hot if one.left_s <= within_s)


def replay(filling: Filling, warmers: Sequence[Warmer], keys: Sequence[HotKey], send: Send | None) -> list[WarmedBy]:
    """Replay keys in their order, each by the first warmer that its namespace and template fit."""
    readers = [(one, _reader(one)) for one in replayable(warmers)]
    brought: dict[str, WarmedBy] = {}
    for warmer, named in _in_chunks(keys, readers):
        if filling.budget.spent() is not None:
            break
        before = brought.get(warmer.name)
        if before is not None and before.note is not None:
            continue  # what failed once fails again
        one = _replayed(filling, warmer, named, send)
        brought[warmer.name] = one if before is None else _sum(before, one)
    return [*brought.values()]


def _in_chunks(
    keys: Sequence[HotKey], readers: Sequence[tuple[Warmer, Reading]]
) -> Iterable[tuple[Warmer, list[dict[str, str]]]]:
    """Yield neighbours of one warmer together: the order of the keys is kept but for a few."""
    waiting: dict[str, tuple[Warmer, list[dict[str, str]]]] = {}
    for hot in keys:
        for warmer, read in readers:
            if warmer.namespace != hot.namespace or (names := read(hot.key)) is None:
                continue
            named = waiting.setdefault(warmer.name, (warmer, []))[1]
            named.append(names)
            if len(named) >= _CHUNK:
                yield waiting.pop(warmer.name)
            break
    yield from waiting.values()


def _replayed(filling: Filling, warmer: Warmer, named: list[dict[str, str]], send: Send | None) -> WarmedBy:
    if isinstance(warmer, TaskWarmer):
        done = sending.by_arguments(filling, warmer, send, ({**warmer.parameters, **names} for names in named))
        return replace(done, replayed=done.sent)
    done = fill.by_keys(filling, warmer, named)
    return replace(done, replayed=done.keys)


def _reader(warmer: Warmer) -> Reading:
    assert warmer.key is not None
    return reader(warmer.key)


def _sum(one: WarmedBy, other: WarmedBy) -> WarmedBy:
    return WarmedBy(
        one.warmer,
        one.keys + other.keys,
        one.bytes + other.bytes,
        one.seconds + other.seconds,
        other.note or one.note,
        one.sent + other.sent,
        one.replayed + other.replayed,
        one.database_s + other.database_s,
        one.spared_ms + other.spared_ms,
    )
