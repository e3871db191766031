from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from celeriac.statements.policy import StatementPolicy
from celeriac.statements.slow import slow
from celeriac.statements.statement import Counters, Statement, Window

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
NOTHING = Counters()
POLICY = StatementPolicy(slow_top=2, slow_min_mean_ms=20, slow_min_share=0.01)


def statement(name: str, calls: int, mean_ms: float, blocks: int = 0, io_ms: float = 0.0) -> Statement:
    return Statement(name, "app", name, Counters(calls, calls * mean_ms, shared_read_blocks=blocks, io_ms=io_ms))


def window(*statements: Statement, other: Counters = NOTHING) -> Window:
    return Window("main", NOON, NOON + timedelta(hours=1), statements, other=other)


def rankings(*statements: Statement, policy: StatementPolicy = POLICY) -> dict[str, tuple[str, ...]]:
    return {one.statement.fingerprint: one.rankings for one in slow(window(*statements), policy)}


def test_nothing_is_slow_in_an_idle_window():
    assert slow(window(), POLICY) == ()
    assert rankings(statement("never ran", 0, 0.0)) == {}


def test_the_slowest_of_fast_statements_is_not_slow_by_its_mean():
    assert rankings(statement("fast", 100, 0.1)) == {"fast": ("total_ms",)}


def test_each_ranking_finds_what_the_others_miss():
    found = rankings(
        statement("busy", 100_000, 0.5),
        statement("waited for", 1, 900.0),
        statement("wide", 10, 10.0, blocks=90_000),
        statement("cold", 10, 11.0, io_ms=80.0),
        policy=replace(POLICY, slow_top=1),
    )

    assert found == {"busy": ("total_ms",), "waited for": ("mean_ms",), "cold": ("io_ms",), "wide": ("blocks",)}


def test_a_statement_comes_once_by_total_time():
    found = rankings(statement("b", 10, 30.0), statement("a", 10, 300.0, blocks=9))

    assert list(found.items()) == [("a", ("total_ms", "mean_ms", "blocks")), ("b", ("total_ms", "mean_ms"))]


def test_less_than_a_hundredth_of_the_load_is_not_slow():
    assert "small" not in rankings(statement("big", 1000, 1.0), statement("small", 9, 1.0))


def test_shares_are_of_the_whole_load():
    load = window(statement("a", 10, 30.0, blocks=30, io_ms=1.0), other=Counters(5, 100.0, shared_hit_blocks=10))

    (found,) = slow(load, POLICY)

    assert found.share_of_time == pytest.approx(0.75)
    assert found.share_of_blocks == pytest.approx(0.75)
    assert found.share_of_io == pytest.approx(1.0)
