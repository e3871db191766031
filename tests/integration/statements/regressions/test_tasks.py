from datetime import timedelta

import orjson

from tasks import regressions, results, statements

from .conftest import Ledger


def run() -> dict[str, object]:
    return regressions.find_regressions.apply().get()


def test_with_nothing_captured_nothing_is_open(configured):
    assert run() == {"judged": 0, "opened": 0, "ended": 0, "open": 0, "folded_hours": 0}
    assert results.latest("regressions", "main")["regressions"] == []


def test_what_is_open_is_published_without_what_only_the_judge_reads(configured, ledger: Ledger):
    ledger.five_minutes(0, jobs=(100, 30.0, 5, 400))
    ledger.window(ledger.now + timedelta(seconds=30), {})
    ledger.connection.commit()
    told = run()
    assert (told["opened"], told["open"]) == (1, 1)
    assert len(orjson.dumps(told)) < 1024
    (found,) = results.latest("regressions", "main")["regressions"]
    assert (found["fingerprint"], found["cause"]) == ("jobs", "plan")
    assert found["baseline"]["mean_ms"] < found["now"]["mean_ms"]
    assert "usual" not in found["baseline"]
    assert run()["open"] == 1


def test_hours_are_pruned_with_the_windows(configured, ledger: Ledger):
    ledger.scalar("UPDATE celeriac.statement_hour SET at = at - interval '2 years' RETURNING 1")
    ledger.connection.commit()
    assert statements.prune.apply().get()["hours"] == 12 * 36
