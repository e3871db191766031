"""One stored entry as bytes: what Redis gives back is believed only where every part of it is as we wrote it.

    magic 1 | version 1 | generations 2 | crc32 4 | generation tokens 8 each | flags 1 | expires_ms 8 | compute_ms 4
    | length of tags 2 | tags, one a line | body

The checksum covers what follows the tokens; the tokens check themselves by being compared. They stand apart because the
script that writes an entry fills them in (see scripts/write.lua).
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Any, NamedTuple
from zlib import crc32

import orjson
import zstandard

from celeriac.cache.policy import CachePolicy

MAGIC = 0xCE
VERSION = 1
TOKEN_BYTES = 8

_COMPRESSED = 1
_HEAD = Struct("<BBHI")
_REST = Struct("<BQfH")
_SMALLEST = _HEAD.size + _REST.size
_LAYOUTS: dict[int, Struct] = {}
_MOST_LAYOUTS = 16
"""A damaged count must not fill the memory with layouts."""


class Entry(NamedTuple):
    """An envelope that was opened; its body is still encoded."""

    tokens: bytes
    tags: bytes
    expires_s: float
    compute_ms: float
    compressed: bool
    body: memoryview


class Sealed(NamedTuple):
    """An envelope around the place where its generation tokens go."""

    head: bytes
    rest: bytes

    def with_tokens(self, tokens: bytes) -> bytes:
        """Return the whole envelope."""
        return self.head + tokens + self.rest


def unseal(raw: bytes) -> Entry | None:
    """Open an envelope; None where it is foreign, of another version or damaged."""
    if len(raw) < _SMALLEST or raw[0] != MAGIC or raw[1] != VERSION:
        return None
    count = raw[2] | raw[3] << 8
    layout = _LAYOUTS.get(count) or _layout(count)
    if len(raw) < layout.size:
        return None
    checksum, tokens, flags, expires_ms, compute_ms, tags_length = layout.unpack_from(raw)
    view = memoryview(raw)
    if crc32(view[_HEAD.size + TOKEN_BYTES * count :]) != checksum:
        return None
    body = layout.size + tags_length
    tags = raw[layout.size : body] if tags_length else b""
    return Entry(tokens, tags, expires_ms / 1000, compute_ms, bool(flags & _COMPRESSED), view[body:])


Opened = tuple[float, float, bool, bytes]
"""When an entry among many ends, what it cost in ms, whether it is compressed, and its body: a bare tuple, being made
a hundred times in a tenth of a millisecond."""


def unseal_alike(raws: Sequence[bytes | None], tokens: bytes, tags: tuple[str, ...]) -> list[Opened | None]:
    """Open many envelopes; None for each that is not there, not intact, or not under just these generations and tags.

    What they have in common is compared in three pieces, and not taken apart for each: half the cost of `unseal`.
    """
    common, spelt = bytes((MAGIC, VERSION)) + (1 + len(tags)).to_bytes(2, "little"), "\n".join(tags).encode()
    covered, layout = _HEAD.size + len(tokens), Struct(f"<4sI{len(tokens)}sBQfH")
    fixed, unpack, tags_size = layout.size, layout.unpack_from, len(spelt)
    body_at = fixed + tags_size
    opened: list[Opened | None] = []
    for raw in raws:
        if raw is None or len(raw) < body_at:
            opened.append(None)
            continue
        head, checksum, own, flags, expires_ms, compute_ms, tags_length = unpack(raw)
        if (
            head == common
            and own == tokens
            and tags_length == tags_size
            and raw[fixed:body_at] == spelt
            and crc32(raw[covered:]) == checksum
        ):
            opened.append((expires_ms / 1000, compute_ms, bool(flags & _COMPRESSED), raw[body_at:]))
        else:
            opened.append(None)
    return opened


def _layout(count: int) -> Struct:
    """Return the fixed part of an envelope with so many generations, less the four bytes that were looked at."""
    layout = Struct(f"<4xI{TOKEN_BYTES * count}sBQfH")
    if count <= _MOST_LAYOUTS:
        _LAYOUTS[count] = layout
    return layout


@dataclass(frozen=True, slots=True)
class Encoding:
    """How bodies are packed: compressed above a size, where that makes them smaller."""

    compress_above_bytes: int
    level: int

    @classmethod
    def of(cls, policy: CachePolicy) -> "Encoding":
        """Return the encoding that a policy asks for."""
        return cls(policy.compress_above_bytes, policy.compression_level)

    def seal(self, encoded: bytes, tags: tuple[str, ...], expires_s: float, compute_ms: float) -> Sealed:
        """Put an encoded value into an envelope; its generations are the namespace's and one for each tag."""
        flags, body = self._pack(encoded)
        names = "\n".join(tags).encode()
        rest = _REST.pack(flags, int(expires_s * 1000), compute_ms, len(names)) + names + body
        return Sealed(_HEAD.pack(MAGIC, VERSION, 1 + len(tags), crc32(rest)), rest)

    def _pack(self, encoded: bytes) -> tuple[int, bytes]:
        if len(encoded) > self.compress_above_bytes:
            packed = _compressor(self.level).compress(encoded)
            if len(packed) < len(encoded):
                return _COMPRESSED, packed
        return 0, encoded


def value_of(entry: Entry) -> Any:
    """Decode an entry's body."""
    return orjson.loads(decompressed(entry.body) if entry.compressed else entry.body)


def decompressed(body: bytes | memoryview) -> bytes:
    """Return the JSON of a compressed body."""
    return _ZSTD.decompressor.decompress(body)


class _Zstd(threading.local):
    """A thread's own (de)compressors: the library's objects may not be shared between threads."""

    def __init__(self) -> None:
        self.decompressor = zstandard.ZstdDecompressor()
        self.compressors: dict[int, zstandard.ZstdCompressor] = {}


_ZSTD = _Zstd()


def _compressor(level: int) -> zstandard.ZstdCompressor:
    compressors = _ZSTD.compressors
    if level not in compressors:
        compressors[level] = zstandard.ZstdCompressor(level=level)
    return compressors[level]
