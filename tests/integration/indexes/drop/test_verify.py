"""Whether a drop stands is measured on real statements; what got slow without it brings the index back."""

from dataclasses import replace

from sqlalchemy import text

from celeriac.indexes import baseline, drop
from celeriac.indexes.verdict import Verdict
from celeriac.ledger import clock
from celeriac.ledger.changes import Change
from celeriac.statements.catalog import read_catalog

from ..loop import Loop
from .words import captured, covered, there, unused


def traffic(loop: Loop, calls: int = 60) -> None:
    with loop.engine.connect() as application:
        for user in range(calls):
            application.execute(text("SELECT count(note) FROM jobs WHERE user_id = :user"), {"user": user})
            application.execute(text("SELECT note FROM jobs WHERE id = :id"), {"id": user})


def measured_drop(loop: Loop, *, needed: bool) -> Change:
    """A drop with traffic before and after it, and a window around each."""
    if needed:  # nobody was seen to use it until the traffic began: the proof does not know of it
        change = unused(loop)
        captured(loop)
        traffic(loop)
        captured(loop)
        change = loop.set_state(change, "approved", promised={**change.promised, "scans": {"primary": _scans(loop)}})
    else:
        change = covered(loop)
        captured(loop)
        traffic(loop)
        captured(loop)
    result = drop.drop(loop.sessions, change, loop.policies, capture=lambda: captured(loop))
    assert isinstance(result, drop.Removed), result
    captured(loop)  # only windows that begin after the drop count
    traffic(loop)
    captured(loop)
    return result.change


def _scans(loop: Loop) -> int:
    return int(loop.sql("SELECT pg_stat_get_numscans('jobs_user'::regclass)"))


def judged(loop: Loop, change: Change) -> tuple[Verdict, Change]:
    with loop.engine.connect() as connection, loop.ledger() as ledger:
        verdict = drop.verify(ledger, change, loop.policies.verify, read_catalog(connection))
        return verdict, drop.conclude(ledger, change, verdict, loop.policies.loop)


def test_what_got_slower_brings_the_index_back(loop: Loop):
    change = measured_drop(loop, needed=True)
    verdict, concluded = judged(loop, change)
    assert verdict.decision == "revert", verdict.reason
    assert verdict.reason.startswith("without it statement ")
    assert concluded.state == "restoring"
    assert loop.now(change).evidence["decision"] == "revert"
    assert isinstance(drop.restore(loop.sessions, concluded, loop.policies), drop.Restored)
    assert there(loop)


def test_where_nothing_got_worse_the_drop_stands(loop: Loop):
    change = measured_drop(loop, needed=False)
    verdict, concluded = judged(loop, change)
    assert (verdict.decision, concluded.state) == ("keep", "dropped"), verdict.reason
    assert verdict.reason.endswith("statements that touch the table got measurably worse without it")
    assert not there(loop)


def test_until_enough_is_measured_it_waits_with_its_evidence(loop: Loop):
    strict = replace(loop, policies=replace(loop.policies, verify=replace(loop.policies.verify, min_calls=10_000)))
    change = measured_drop(loop, needed=False)
    verdict, concluded = judged(strict, change)
    assert (verdict.decision, concluded.state) == ("wait", "drop_verifying")
    assert verdict.reason == "120 calls are measured without it, 10000 are asked"
    assert loop.now(change).evidence["decision"] == "wait"


def test_a_drop_that_is_measured_leaves_other_changes_no_baseline(loop: Loop):
    measured_drop(loop, needed=False)
    other = loop.propose()
    with loop.ledger() as ledger:
        now = clock.instant(ledger)
        window = baseline.read(ledger, other, now, loop.policies.verify.baseline)
    assert window is not None
    assert sum(one.counters.calls for one in window.statements if "jobs" in one.text) <= 130  # since the drop only
