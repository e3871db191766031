"""Rank the statements of a window: by total time, mean time, blocks and I/O time, each for what it finds alone; pure.

Total time finds what loads the server, mean time what a person waits for, blocks what will be slow once the cache is
cold, I/O time what is slow because it is cold now.
"""

from collections.abc import Callable
from dataclasses import dataclass
from heapq import nlargest
from typing import Any, Literal

from celeriac.statements.policy import StatementPolicy
from celeriac.statements.statement import Counters, Statement, Window, total

Ranking = Literal["total_ms", "mean_ms", "blocks", "io_ms"]
Measure = Callable[[Counters], float]


@dataclass(frozen=True, slots=True)
class SlowStatement:
    """A statement that heads at least one ranking, with its shares of the window's load, 0..1."""

    statement: Statement
    rankings: tuple[Ranking, ...]
    share_of_time: float
    share_of_blocks: float
    share_of_io: float


def slow(window: Window, policy: StatementPolicy) -> tuple[SlowStatement, ...]:
    """Return the head of each ranking, every statement once, by total time."""
    load = total(window.statements) + window.other
    found: dict[str, list[Ranking]] = {}
    for ranking, measure in RANKINGS:
        for statement in _head(window, measure, policy.slow_top):
            if _deserves(ranking, measure(statement.counters), measure(load), policy):
                found.setdefault(statement.fingerprint, []).append(ranking)
    chosen = (statement for statement in window.statements if statement.fingerprint in found)
    return tuple(
        SlowStatement(
            statement=statement,
            rankings=tuple(found[statement.fingerprint]),
            share_of_time=_share(statement.counters.total_ms, load.total_ms),
            share_of_blocks=_share(statement.counters.blocks, load.blocks),
            share_of_io=_share(statement.counters.io_ms, load.io_ms),
        )
        for statement in sorted(chosen, key=lambda one: one.counters.total_ms, reverse=True)
    )


def describe(found: SlowStatement) -> dict[str, Any]:
    """Return a slow statement as JSON for readers outside: the published result and the report."""
    counters = found.statement.counters
    return {
        "fingerprint": found.statement.fingerprint,
        "role": found.statement.role,
        "query": found.statement.text,
        "rankings": list(found.rankings),
        "calls": counters.calls,
        "total_ms": round(counters.total_ms, 3),
        "mean_ms": round(counters.mean_ms, 3),
        "stddev_ms": round(counters.stddev_ms, 3),
        "rows_per_call": round(counters.rows_per_call, 2),
        "blocks_per_call": round(counters.blocks_per_call, 2),
        "io_ms": round(counters.io_ms, 3),
        "share_of_time": round(found.share_of_time, 4),
        "share_of_blocks": round(found.share_of_blocks, 4),
        "share_of_io": round(found.share_of_io, 4),
    }


def _head(window: Window, measure: Measure, top: int) -> list[Statement]:
    return nlargest(top, window.statements, key=lambda statement: measure(statement.counters))


def _deserves(ranking: Ranking, value: float, load: float, policy: StatementPolicy) -> bool:
    if ranking == "mean_ms":
        return value >= policy.slow_min_mean_ms
    return value > 0 and _share(value, load) >= policy.slow_min_share


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


RANKINGS: tuple[tuple[Ranking, Measure], ...] = (
    ("total_ms", lambda counters: counters.total_ms),
    ("mean_ms", lambda counters: counters.mean_ms),
    ("blocks", lambda counters: counters.blocks),
    ("io_ms", lambda counters: counters.io_ms),
)
