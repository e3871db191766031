"""What the advisor sees of a table that got an index lately: only what was measured since."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from celeriac.indexes import recent
from celeriac.statements.catalog import read_catalog

from .loop import Loop

HOUR = timedelta(hours=1)
OF_JOBS = "SELECT * FROM jobs WHERE user_id = $1"
OF_NOTHING = "SELECT 1 + $1"


def measured(loop: Loop, hours_ago: float, text_: str, calls: int, total_ms: float) -> None:
    with loop.ledger() as ledger:
        window = ledger.execute(
            text(
                "INSERT INTO celeriac.statement_window (target, started_at, ended_at, complete, server) VALUES"
                " ('main', now() - make_interval(mins => :from_), now() - make_interval(mins => :to), true, :server)"
                " RETURNING id"
            ),
            {"from_": int(hours_ago * 60), "to": int(hours_ago * 60) - 30, "server": '{"other": {}}'},
        ).scalar_one()
        ledger.execute(
            text(
                "INSERT INTO celeriac.statement (target, fingerprint, role, text) VALUES ('main', :text, 'app', :text)"
                " ON CONFLICT DO NOTHING"
            ),
            {"text": text_},
        )
        ledger.execute(
            text(
                "INSERT INTO celeriac.window_statement VALUES (:id, :text, :calls, :ms, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)"
            ),
            {"id": window, "text": text_, "calls": calls, "ms": total_ms},
        )


@pytest.fixture
def seen(loop: Loop):
    def look() -> dict[str, float]:
        with loop.engine.connect() as connection, loop.ledger() as ledger:
            found = recent.workload(ledger, "main", read_catalog(connection), timedelta(days=1))
        return {} if found is None else {one.text: one.counters.total_ms / found.hours for one in found.statements}

    return look


def test_nothing_measured_is_no_workload(seen) -> None:
    assert seen() == {}


def test_an_unchanged_table_is_seen_over_the_whole_time(loop: Loop, seen) -> None:
    measured(loop, 4.0, OF_JOBS, 100, 9_000.0)
    measured(loop, 1.0, OF_JOBS, 100, 1_000.0)
    assert seen() == {OF_JOBS: pytest.approx(10_000 / 3.5, rel=1e-3)}


def test_a_table_with_a_new_index_is_seen_since_then_and_others_as_before(loop: Loop, seen) -> None:
    change = loop.built()
    loop.sql("UPDATE celeriac.change SET settled_at = now() - interval '2 hours' WHERE id = :id", id=change.id)
    for hours_ago, ms in ((4.0, 9_000.0), (1.0, 10.0)):
        measured(loop, hours_ago, OF_JOBS, 100, ms)
        measured(loop, hours_ago, OF_NOTHING, 100, ms)
    found = seen()
    assert found[OF_JOBS] == pytest.approx(10 / 0.5, rel=1e-3)
    assert found[OF_NOTHING] == pytest.approx(9_010 / 3.5, rel=1e-3)
