from datetime import timedelta

from celeriac.statements import windows
from celeriac.statements.policy import StatementPolicy
from celeriac.statements.retention import Pruned, prune

from .conftest import Watched

JOBS = "SELECT count(*) FROM jobs WHERE status = :status"


def pruned(watched: Watched, target: str = "main") -> Pruned:
    with watched.ours.begin() as ledger:
        return prune(ledger, target, StatementPolicy(keep=timedelta(days=7)))


def age(watched: Watched, days: int) -> None:
    watched.ledger(f"UPDATE celeriac.statement_window SET ended_at = ended_at - interval '{days} days'")
    watched.ledger(f"UPDATE celeriac.statement SET last_seen = last_seen - interval '{days} days'")


def test_young_windows_stay(watched: Watched):
    watched.capture()
    watched.run(JOBS, status=1)
    watched.capture()
    age(watched, days=6)

    assert pruned(watched) == Pruned(windows=0, statements=0)


def test_old_windows_go_with_their_statements_but_the_newest_stays(watched: Watched):
    watched.capture()
    watched.run(JOBS, times=2, status=1)
    watched.capture()
    watched.run(JOBS, times=3, status=1)
    watched.capture()
    age(watched, days=20)

    assert pruned(watched, target="another").windows == 0
    assert pruned(watched).windows == 2
    assert watched.ledger("SELECT sum(calls) FROM celeriac.window_statement WHERE calls < 4") is not None
    assert watched.statement("FROM jobs").counters.calls == 3


def test_a_text_that_went_is_asked_for_again_when_it_runs(watched: Watched):
    watched.capture()
    watched.run(JOBS, status=1)
    watched.capture()
    watched.capture()
    age(watched, days=40)

    assert pruned(watched).statements >= 1
    assert watched.ledger("SELECT count(*) FROM celeriac.statement WHERE text LIKE '%FROM jobs%'") == 0
    watched.run(JOBS, times=2, status=1)
    watched.capture()
    assert watched.statement("FROM jobs").counters.calls == 2


def test_the_oldest_texts_beyond_the_most_go(watched: Watched):
    watched.capture()
    watched.run(JOBS, status=1)
    watched.run("SELECT max(id) FROM jobs")
    watched.capture()
    watched.capture()
    watched.ledger("DELETE FROM celeriac.window_statement")
    watched.ledger("UPDATE celeriac.statement SET last_seen = now() - interval '1 h' WHERE text NOT LIKE '%max(id)%'")

    with watched.ours.begin() as ledger:
        assert prune(ledger, "main", StatementPolicy(max_texts=1)).statements >= 1
    assert watched.ledger("SELECT string_agg(text, ';') FROM celeriac.statement") == "SELECT max(id) FROM jobs"


def test_the_newest_window_is_named(watched: Watched):
    with watched.ours.connect() as ledger:
        assert windows.latest_id(ledger, "main") is None
    captured = watched.capture()
    with watched.ours.connect() as ledger:
        assert windows.latest_id(ledger, "main") == captured.window_id
        assert windows.latest_id(ledger, "another") is None
