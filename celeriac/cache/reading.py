"""Looking into Redis: one round trip that brings the entry and the generations it must match."""

import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import zstandard

from celeriac.cache.commands import Claim, Place
from celeriac.cache.envelope import Entry, Opened, decompressed, unseal, unseal_alike, value_of
from celeriac.cache.freshness import Freshness, judge, sure_s
from celeriac.cache.keys import shortened
from celeriac.cache.policy import Lifetime
from celeriac.cache.space import Space
from celeriac.cache.store import AWAY, Away, Store
from celeriac.cache.values import decode

MOST_TAGS_KNOWN = 10_000
"""Keys whose tags are remembered; with more the memory is dropped and learnt again."""

_UNREADABLE = (ValueError, zstandard.ZstdError)


Readable = tuple[float, float, bool, bytes | memoryview]
"""When an entry ends, what it cost in ms, whether it is compressed, and its body."""


class Asked(NamedTuple):
    """What was asked for at once, and what Redis answered."""

    keys: Sequence[str]
    raws: list[bytes | None]
    tokens: list[bytes | None]
    tags: tuple[str, ...]


class Look(NamedTuple):
    """What a look into Redis showed."""

    freshness: Freshness | Away
    value: Any = None
    expires_s: float = 0.0
    began_ns: int = 0
    """When it began, by the performance counter."""

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


class Reader:
    """Looks up entries, counts what it finds, and keeps some of it in the local tier."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tags: dict[str, tuple[str, ...]] = {}

    async def look(self, space: Space, place: Place, lifetime: Lifetime) -> Look:
        """Look up one entry."""
        began_ns = time.perf_counter_ns()
        names, tier = space.names, space.tier
        ticket = 0 if tier is None else tier.ticket()
        if place.tags:
            answer = await self._store.read([place.value, *place.generations])
        else:
            answer = await self._store.read([names.value + place.key + names.end, names.generation])
        if answer is AWAY:
            space.tally.add(bypassed=1)
            return Look(AWAY, None, 0.0, began_ns)
        raw = answer[0]
        if raw is None:
            space.tally.miss(time.perf_counter_ns() - began_ns)
            return Look("expired", None, 0.0, began_ns)
        entry = await self._open(space, place, raw, answer[1:])
        look = _judged(space, entry, len(raw), began_ns, lifetime)
        if tier is not None and entry is not None and look.freshness == "fresh":
            stored = place._replace(tags=_tags(entry))
            _keep(space, stored, ticket, (entry.expires_s, entry.compute_ms, entry.compressed, entry.body), lifetime)
        return look

    async def look_many(
        self, space: Space, keys: Sequence[str], tags: tuple[str, ...], lifetime: Lifetime
    ) -> dict[str, Any]:
        """Return the values of those entries that serve; an entry past its end is a miss here."""
        began_ns = time.perf_counter_ns()
        names, ticket = space.names, 0 if space.tier is None else space.tier.ticket()
        generations, prefix, end = Place(names, "", tags).generations, names.value, names.end
        answer = await self._store.read([*generations, *[prefix + shortened(key) + end for key in keys]])
        if answer is AWAY:
            space.tally.add(bypassed=len(keys))
            return {}
        tokens, raws = answer[: len(generations)], answer[len(generations) :]
        joined = b"" if None in tokens else b"".join(tokens)  # type: ignore[arg-type]
        opened = unseal_alike(raws, joined, tags)
        found = await self._found(space, Asked(keys, raws, tokens, tags), opened)
        if space.tier is not None:
            for key, alike in zip(keys, opened, strict=True):
                if alike is not None and key in found:
                    _keep(space, Place(names, shortened(key), tags), ticket, alike, lifetime)
        values = _decoded(space, found)
        hits, saved_ms = len(values), sum([one[1] for one in found.values()])
        bytes_read = sum([len(raw) for raw in raws if raw is not None])
        space.tally.many(hits, len(keys) - hits, bytes_read, saved_ms, time.perf_counter_ns() - began_ns)
        return values

    def newer(self, claim: Claim, seen: Look) -> Look:
        """Return the entry that another stored between a caller's look and its claim."""
        entry = unseal(claim.present) if claim.present else None
        if entry is None or entry.tokens != claim.generations or entry.expires_s <= max(seen.expires_s, time.time()):
            return NOTHING
        try:
            return Look("fresh", value_of(entry), entry.expires_s)
        except _UNREADABLE:
            return NOTHING

    def tags_of(self, space: Space, key: str) -> tuple[str, ...]:
        """Return the tags that an entry was last seen under."""
        return self._tags.get(space.names.value + key, ()) if self._tags else ()

    def remember(self, space: Space, keys: Iterable[str], tags: tuple[str, ...]) -> None:
        """Know the tags of these entries at the next look, which then needs one round trip."""
        if len(self._tags) > MOST_TAGS_KNOWN:
            self._tags = {}
        self._tags |= {space.names.value + key: tags for key in keys}

    async def _found(self, space: Space, asked: "Asked", opened: list[Opened | None]) -> dict[str, Readable]:
        """Return those that have not ended; one that is not like the others is looked at by itself."""
        now_s = time.time()
        keys, raws, tokens, tags = asked
        if None not in opened:
            return {key: one for key, one in zip(keys, opened, strict=True) if one and one[0] > now_s}
        found: dict[str, Readable] = {}
        for key, raw, alike in zip(keys, raws, opened, strict=True):
            one: Readable | None = alike
            if alike is None and raw is not None:
                entry = await self._open(space, Place(space.names, shortened(key), tags), raw, tokens)
                one = entry and (entry.expires_s, entry.compute_ms, entry.compressed, entry.body)
            if one is not None and one[0] > now_s:
                found[key] = one
        return found

    async def _open(self, space: Space, place: Place, raw: bytes, tokens: list[bytes | None]) -> Entry | None:
        """Return the entry where it is intact and none of its generations has ended."""
        entry = unseal(raw)
        if entry is None:
            space.tally.add(errors=1)
            return None
        expected = "\n".join(place.tags).encode() if place.tags else b""
        if entry.tags != expected:
            # Stored under other tags than the reader knew of: ask for theirs, and know them the next time.
            tags = _tags(entry)
            self.remember(space, [place.key], tags)
            answer = await self._store.read(place._replace(tags=tags).generations)
            if answer is AWAY:
                return None
            tokens = answer
        if None in tokens or entry.tokens != b"".join(tokens):  # type: ignore[arg-type]
            return None
        return entry


def _judged(space: Space, entry: Entry | None, size: int, began_ns: int, lifetime: Lifetime) -> Look:
    tally = space.tally
    if entry is None:
        tally.miss(time.perf_counter_ns() - began_ns)
        return Look("expired", None, 0.0, began_ns)
    freshness = judge(time.time(), entry.expires_s, entry.compute_ms, lifetime)
    try:
        value = None if freshness == "expired" else value_of(entry)
    except _UNREADABLE:
        tally.add(errors=1)
        freshness, value = "expired", None
    if freshness in _SERVING:
        tally.hit(size, entry.compute_ms, time.perf_counter_ns() - began_ns)
        if freshness == "stale":
            tally.add(stale_hits=1)
    else:
        tally.miss(time.perf_counter_ns() - began_ns)
    return Look(freshness, value, 0.0 if freshness == "expired" else entry.expires_s, began_ns)


def _decoded(space: Space, found: dict[str, Readable]) -> dict[str, Any]:
    """Decode many bodies; one that is no JSON, though it is intact, is a miss."""
    try:
        return {key: decode(decompressed(one[3]) if one[2] else one[3]) for key, one in found.items()}
    except _UNREADABLE:
        pass
    values: dict[str, Any] = {}
    for key, (_, _, compressed, body) in found.items():
        try:
            values[key] = decode(decompressed(body) if compressed else body)
        except _UNREADABLE:
            space.tally.add(errors=1)
    return values


def _keep(space: Space, place: Place, ticket: int, one: Readable, lifetime: Lifetime) -> None:
    """Keep what was read in the local tier, under the generations that it was stored under."""
    expires_s, compute_ms, compressed, body = one
    certain_s = sure_s(time.time(), expires_s, compute_ms, lifetime)
    encoded = decompressed(body) if compressed else bytes(body)
    assert space.tier is not None
    space.tier.keep(ticket, place.value, encoded, place.generations, certain_s, (expires_s, compute_ms))


def _tags(entry: Entry) -> tuple[str, ...]:
    return tuple(entry.tags.decode().split("\n")) if entry.tags else ()
