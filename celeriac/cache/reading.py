"""Looking into Redis: one round trip that brings the entry and the generations it must match."""

import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import zstandard

from celeriac.cache.commands import Claim, Place
from celeriac.cache.envelope import Entry, unseal, value_of
from celeriac.cache.freshness import Freshness, judge
from celeriac.cache.keys import shortened
from celeriac.cache.policy import Lifetime
from celeriac.cache.space import Space
from celeriac.cache.store import AWAY, Away, Store

MOST_TAGS_KNOWN = 10_000
"""Keys whose tags are remembered; with more the memory is dropped and learnt again."""


class Look(NamedTuple):
    """What a look into Redis showed."""

    freshness: Freshness | Away
    value: Any = None
    expires_s: float = 0.0

    @property
    def serves(self) -> bool:
        """Whether the value may be handed out."""
        return self.freshness in _SERVING

    @property
    def rescues(self) -> bool:
        """Whether the value may be handed out where computing a new one fails."""
        return self.freshness in _RESCUING


_SERVING = frozenset({"fresh", "early", "stale"})
_RESCUING = frozenset({"early", "stale", "failed-over"})

NOTHING = Look("expired")
UNSEEN = Look(AWAY)


class Reader:
    """Looks up entries and counts what it finds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tags: dict[str, tuple[str, ...]] = {}

    def look(self, space: Space, place: Place, lifetime: Lifetime) -> Look:
        """Look up one entry."""
        began_ns = time.perf_counter_ns()
        names = space.names
        if place.tags:
            answer = self._store.read([names.value + place.key, *place.generations])
        else:
            answer = self._store.read([names.value + place.key, names.generation])
        if answer is AWAY:
            space.tally.add(bypassed=1)
            return UNSEEN
        raw = answer[0]
        if raw is None:
            space.tally.miss(time.perf_counter_ns() - began_ns)
            return NOTHING
        entry = self._open(space, place, raw, answer[1:])
        return _judged(space, entry, len(raw), time.perf_counter_ns() - began_ns, lifetime)

    def look_many(self, space: Space, keys: Sequence[str], tags: tuple[str, ...]) -> dict[str, Any]:
        """Return the values of those entries that serve; an entry past its end is a miss here."""
        began_ns = time.perf_counter_ns()
        generations = Place(space.names, "", tags).generations
        prefix = space.names.value
        answer = self._store.read([*generations, *[prefix + shortened(key) for key in keys]])
        if answer is AWAY:
            space.tally.add(bypassed=len(keys))
            return {}
        tokens, raws = answer[: len(generations)], answer[len(generations) :]
        joined = b"" if None in tokens else b"".join(tokens)  # type: ignore[arg-type]
        spelt = "\n".join(tags).encode()
        now_s, bytes_read, saved_ms = time.time(), 0, 0.0
        found = {}
        for key, raw in zip(keys, raws, strict=True):
            if raw is None:
                continue
            entry = unseal(raw)
            if entry is None or entry.tokens != joined or entry.tags != spelt:
                entry = self._open(space, Place(space.names, shortened(key), tags), raw, tokens)
            if entry is not None and entry.expires_s > now_s:
                try:
                    found[key] = value_of(entry)
                except (ValueError, zstandard.ZstdError):
                    space.tally.add(errors=1)
                else:
                    bytes_read += len(raw)
                    saved_ms += entry.compute_ms
        hits = len(found)
        space.tally.many(hits, len(keys) - hits, bytes_read, saved_ms, time.perf_counter_ns() - began_ns)
        return found

    def newer(self, claim: Claim, seen: Look) -> Look:
        """Return the entry that another stored between a caller's look and its claim."""
        entry = unseal(claim.present) if claim.present else None
        if entry is None or entry.tokens != claim.generations or entry.expires_s <= max(seen.expires_s, time.time()):
            return NOTHING
        try:
            return Look("fresh", value_of(entry), entry.expires_s)
        except (ValueError, zstandard.ZstdError):
            return NOTHING

    def tags_of(self, space: Space, key: str) -> tuple[str, ...]:
        """Return the tags that an entry was last seen under."""
        return self._tags.get(space.names.value + key, ()) if self._tags else ()

    def remember(self, space: Space, keys: Iterable[str], tags: tuple[str, ...]) -> None:
        """Know the tags of these entries at the next look, which then needs one round trip."""
        if len(self._tags) > MOST_TAGS_KNOWN:
            self._tags = {}
        self._tags |= {space.names.value + key: tags for key in keys}

    def _open(self, space: Space, place: Place, raw: bytes, tokens: list[bytes | None]) -> Entry | None:
        """Return the entry where it is intact and none of its generations has ended."""
        entry = unseal(raw)
        if entry is None:
            space.tally.add(errors=1)
            return None
        expected = "\n".join(place.tags).encode() if place.tags else b""
        if entry.tags != expected:
            # Stored under other tags than the reader knew of: ask for theirs, and know them the next time.
            tags = tuple(entry.tags.decode().split("\n")) if entry.tags else ()
            self.remember(space, [place.key], tags)
            answer = self._store.read(place._replace(tags=tags).generations)
            if answer is AWAY:
                return None
            tokens = answer
        if None in tokens or entry.tokens != b"".join(tokens):  # type: ignore[arg-type]
            return None
        return entry


def _judged(space: Space, entry: Entry | None, size: int, latency_ns: int, lifetime: Lifetime) -> Look:
    tally = space.tally
    if entry is None:
        tally.miss(latency_ns)
        return NOTHING
    freshness = judge(time.time(), entry.expires_s, entry.compute_ms, lifetime)
    if freshness == "expired":
        tally.miss(latency_ns)
        return NOTHING
    try:
        value = value_of(entry)
    except (ValueError, zstandard.ZstdError):
        tally.add(errors=1)
        tally.miss(latency_ns)
        return NOTHING
    if freshness == "failed-over":
        tally.miss(latency_ns)
    else:
        tally.hit(size, entry.compute_ms, latency_ns)
        if freshness == "stale":
            tally.add(stale_hits=1)
    return Look(freshness, value, entry.expires_s)
