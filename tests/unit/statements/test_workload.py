from celeriac.statements.statement import Counters, Statement
from celeriac.statements.workload import from_texts, scaled


def test_texts_weigh_one_each() -> None:
    workload = from_texts(("SELECT 1", "SELECT 2"))
    assert [one.counters.total_ms for one in workload.statements] == [1.0, 1.0]
    assert workload.hours == 1.0


def test_twice_as_long_is_twice_of_everything_and_calls_stay_whole() -> None:
    found = scaled(Statement("f", "app", "SELECT 1", Counters(calls=3, total_ms=1.5, rows=5)), 2.5).counters
    assert (found.calls, found.total_ms, found.rows) == (8, 3.75, 12)
