"""A statement with its counters, and a window of time with what each statement did in it.

`pg_stat_statements` keeps calls, mean and population standard deviation, so the sum of squares of the execution times
is exact, and counters of a window follow by subtraction and of several windows by addition.
https://www.postgresql.org/docs/current/pgstatstatements.html
"""

import math
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import reduce
from hashlib import blake2b
from operator import add, attrgetter, sub


@dataclass(frozen=True, slots=True)
class Counters:
    """Additive counters of one statement; blocks are of the server's block size (8 KiB as built by everyone)."""

    calls: int = 0
    total_ms: float = 0.0
    square_ms2: float = 0.0
    """Sum of the squares of the execution times: with calls and total it gives the exact variance of any window."""
    rows: int = 0
    shared_hit_blocks: int = 0
    shared_read_blocks: int = 0
    shared_dirtied_blocks: int = 0
    shared_written_blocks: int = 0
    temp_blocks: int = 0
    io_ms: float = 0.0
    """Time in reads and writes; zero where `track_io_timing` is off."""
    wal_bytes: int = 0
    plan_ms: float = 0.0

    @property
    def mean_ms(self) -> float:
        """Mean execution time of a call."""
        return self.total_ms / self.calls if self.calls else 0.0

    @property
    def variance_ms2(self) -> float:
        """Sample variance of the execution time (n - 1), ms²; 0 below two calls."""
        if self.calls < 2:
            return 0.0
        return max(0.0, (self.square_ms2 - self.total_ms**2 / self.calls) / (self.calls - 1))

    @property
    def stddev_ms(self) -> float:
        """Sample standard deviation of the execution time."""
        return math.sqrt(self.variance_ms2)

    @property
    def blocks(self) -> int:
        """Shared blocks touched, from cache or not: the witness that caching does not disturb."""
        return self.shared_hit_blocks + self.shared_read_blocks

    @property
    def blocks_per_call(self) -> float:
        """Shared blocks touched by a call."""
        return self.blocks / self.calls if self.calls else 0.0

    @property
    def rows_per_call(self) -> float:
        """Rows returned or affected by a call."""
        return self.rows / self.calls if self.calls else 0.0

    @property
    def wal_bytes_per_call(self) -> float:
        """WAL bytes written by a call."""
        return self.wal_bytes / self.calls if self.calls else 0.0

    def __add__(self, other: "Counters") -> "Counters":
        return Counters(*map(add, values(self), values(other)))

    def __sub__(self, other: "Counters") -> "Counters":
        return Counters(*map(sub, values(self), values(other)))


values = attrgetter(*(field.name for field in fields(Counters)))
"""The counters of a statement as a tuple, in the order of `Counters`; thousands are added up on each capture."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A normalized statement of one role, with its counters: since a reset, or within a window."""

    fingerprint: str
    role: str
    text: str
    counters: Counters
    query_ids: tuple[int, ...] = ()
    """The server's queryids seen for this text: they change when a table is re-created or the major version rises."""


@dataclass(frozen=True, slots=True)
class Window:
    """What each statement did between two instants of the database's clock."""

    target: str
    started_at: datetime
    ended_at: datetime
    statements: tuple[Statement, ...]
    complete: bool = True
    """False where a reset, a restart or evictions within the window lost calls: totals are then lower bounds."""
    other: Counters = Counters()
    """What cannot be optimized (COMMIT, COPY, DDL, …) or has no readable text: part of the load all the same."""

    @property
    def seconds(self) -> float:
        """Length of the window."""
        return (self.ended_at - self.started_at).total_seconds()

    def by_fingerprint(self) -> dict[str, Statement]:
        """Return the statements keyed by fingerprint."""
        return {statement.fingerprint: statement for statement in self.statements}


def fingerprint(role: str, text: str) -> str:
    """Identify a normalized text of a role, whatever the server's queryid; 16 hexadecimal digits.

    >>> fingerprint("app", "SELECT 1") == fingerprint("app", "SELECT 1")
    True
    """
    return blake2b(f"{role}\0{text}".encode(), digest_size=8).hexdigest()


def merge(windows: list[Window]) -> Window:
    """Add consecutive windows of one target up into one; raises ValueError for none."""
    if not windows:
        raise ValueError("no windows to merge")
    merged: dict[str, Statement] = {}
    for statement in (statement for window in windows for statement in window.statements):
        known = merged.get(statement.fingerprint)
        merged[statement.fingerprint] = statement if known is None else _join(known, statement)
    return Window(
        target=windows[0].target,
        started_at=min(window.started_at for window in windows),
        ended_at=max(window.ended_at for window in windows),
        statements=tuple(merged.values()),
        complete=all(window.complete for window in windows),
        other=reduce(add, (window.other for window in windows), Counters()),
    )


def total(statements: tuple[Statement, ...]) -> Counters:
    """Add up the counters of several statements."""
    return reduce(add, (statement.counters for statement in statements), Counters())


def _join(one: Statement, other: Statement) -> Statement:
    return replace(
        other,
        counters=one.counters + other.counters,
        query_ids=tuple(sorted({*one.query_ids, *other.query_ids})),
    )
