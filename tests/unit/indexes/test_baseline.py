from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from celeriac.indexes.baseline import comparable
from celeriac.indexes.guards import baseline
from celeriac.indexes.policy import VerifyPolicy
from celeriac.supervision.outcome import Clear, Refused

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def other(state: str, *, begun: float, settled: float | None = None, ended: float = 0.0) -> Any:
    return SimpleNamespace(
        state=state,
        build_started_at=at(begun),
        settled_at=None if settled is None else at(settled),
        state_since=at(ended),
    )


def stretches(*others: Any, since: float = 0.0, until: float = 10.0) -> list[tuple[float, float]]:
    found = comparable(at(since), at(until), others)
    return [((start - NOON) / timedelta(hours=1), (end - NOON) / timedelta(hours=1)) for start, end in found]


def test_an_unchanged_table_is_comparable_throughout() -> None:
    assert stretches() == [(0, 10)]


def test_nothing_before_an_index_that_stayed_compares() -> None:
    assert stretches(other("kept", begun=3, settled=4, ended=6)) == [(4, 10)]


def test_an_index_that_came_and_went_leaves_a_gap_with_the_same_table_on_both_sides() -> None:
    assert stretches(other("reverted", begun=3, settled=4, ended=6)) == [(0, 3), (6, 10)]


def test_gaps_join_and_reach_to_the_end() -> None:
    gone = (other("reverted", begun=2, ended=5), other("lost", begun=4, ended=7), other("failed", begun=9, ended=12))
    assert stretches(*gone) == [(0, 2), (7, 9)]


def test_an_index_that_is_coming_leaves_nothing_to_compare_with() -> None:
    assert stretches(other("building", begun=8)) == []


def test_without_a_before_nothing_is_built() -> None:
    outcome = baseline.decide(99, VerifyPolicy(min_calls=100))
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("99 calls of the statements that are to gain were measured")
    assert baseline.decide(100, VerifyPolicy(min_calls=100)) == Clear()
