"""What the cache asks of Redis, as values: the synchronous and the asynchronous client run the same ones."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from celeriac.cache.envelope import TOKEN_BYTES, Sealed
from celeriac.cache.keys import Names
from celeriac.cache.scripts import BEGIN, COMPLETE, FORGET, RENEW, WRITE, Script

Mode = Literal["wait", "try", "force"]
"""Wait for another's computation, leave it to the other, or take it over."""

MIN_GENERATION_MS = 86_400_000
"""A generation outlives what stands under it; one that is missing makes all of it unreadable, which is safe."""


class Place(NamedTuple):
    """Where one entry lives."""

    names: Names
    key: str
    tags: tuple[str, ...]

    @property
    def value(self) -> str:
        """The key of the entry."""
        return self.names.value + self.key

    @property
    def lock(self) -> str:
        """The key of the lock on its computation."""
        return self.names.lock + self.key

    @property
    def wake(self) -> str:
        """The key of the list that wakes those who wait for it."""
        return self.names.wake + self.key

    @property
    def generations(self) -> list[str]:
        """The keys of the generations it stands under."""
        return [self.names.generation, *map(self.names.tag, self.tags)]


class Command(NamedTuple):
    """One script call."""

    script: Script
    keys: list[str]
    arguments: list[str | bytes | int]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to compute one entry, and what held when it was given."""

    place: Place
    token: bytes
    barrier: bytes
    present: bytes
    """The entry as it stood when the right was given: another may have computed it since the caller looked."""
    generations: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """Another computes the entry; its lock expires in `expires_s` unless it is renewed."""

    expires_s: float


def begin(place: Place, token: bytes, lock_ms: int, ttl_ms: int, mode: Mode) -> Command:
    """Ask for the computation of an entry."""
    arguments: list[str | bytes | int] = [token, lock_ms, fresh_token(), generation_ms(ttl_ms), mode]
    return Command(BEGIN, [place.lock, place.names.barrier, place.value, *place.generations], arguments)


def begun(place: Place, token: bytes, answer: Sequence[bytes | int]) -> Claim | Held:
    """Read the answer to `begin`."""
    if answer[0] == 0:
        return Held(max(0, int(answer[1])) / 1000)
    barrier, present, *generations = [bytes(part) for part in answer[1:]]
    return Claim(place, token, barrier, present, b"".join(generations))


def complete(claim: Claim, sealed: Sealed | None, ttl_ms: int) -> Command:
    """End a computation; None where it brought nothing to store."""
    place = claim.place
    envelope = b"" if sealed is None else sealed.with_tokens(claim.generations)
    keys = [place.lock, place.wake, place.value, place.names.barrier, *place.generations]
    return Command(COMPLETE, keys, [claim.token, envelope, ttl_ms, claim.barrier])


def write(names: Names, tags: tuple[str, ...], items: Iterable[tuple[str, Sealed, int]]) -> Command:
    """Store (key, envelope, ttl in ms) items under the same tags."""
    generations = Place(names, "", tags).generations
    keys = [*generations]
    arguments: list[str | bytes | int] = []
    longest_ms = 0
    for key, sealed, ttl_ms in items:
        keys += [names.value + key, names.lock + key]
        arguments += [sealed.head, sealed.rest, ttl_ms]
        longest_ms = max(longest_ms, ttl_ms)
    return Command(WRITE, keys, [len(generations), fresh_token(), generation_ms(longest_ms), *arguments])


def forget(pairs: Iterable[tuple[str, str]]) -> Command:
    """Drop the values of (value, lock) keys."""
    return Command(FORGET, [key for pair in pairs for key in pair], [])


def renew(tokens_by_lock: dict[str, bytes], lock_ms: int) -> Command:
    """Keep the locks of running computations."""
    return Command(RENEW, [*tokens_by_lock], [lock_ms, *tokens_by_lock.values()])


def generation_ms(ttl_ms: int) -> int:
    """Return how long a generation must live above entries of this lifetime."""
    return max(MIN_GENERATION_MS, 4 * ttl_ms)


def fresh_token() -> bytes:
    """Return a generation, barrier or lock token that was never used before."""
    return os.urandom(TOKEN_BYTES)
