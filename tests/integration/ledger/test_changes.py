import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from celeriac.ledger import audit, changes, clock, control, quarantine
from celeriac.ledger.changes import Change, ChangeMoved, ChangeUnknown, NotProposed, Proposal
from celeriac.ledger.states import ForbiddenTransition

WEEK = timedelta(days=7)
BY_USER = Proposal(
    target="main",
    kind="build",
    schema_name="public",
    table_name="jobs",
    identity="a1",
    definition={"key": ["user_id"]},
    ddl="CREATE INDEX …",
    origin="advisor",
    reason="it saves a scan",
    promised={"saving_ms_per_hour": 10.0, "table_rows": 1000.0},
    size_bytes_estimated=8192,
)


@pytest.fixture
def engine(ledger_url: str) -> Iterator[Engine]:
    engine = create_engine(ledger_url, poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture
def ledger(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def propose(ledger: Connection, proposal: Proposal = BY_USER) -> Change:
    outcome = changes.propose(ledger, proposal, actor="test", lasts=WEEK)
    assert isinstance(outcome, Change)
    return outcome


def move(ledger: Connection, change: Change, *events: str) -> Change:
    for event in events:
        change = changes.transition(ledger, change, event, actor="test", reason=event)
    return change


def test_an_unknown_change_is_named(ledger):
    with pytest.raises(ChangeUnknown, match="no change 7 in the ledger of target 'main'"):
        changes.get(ledger, 7, "main")


def test_another_targets_change_is_unknown(ledger):
    change = propose(ledger)
    with pytest.raises(ChangeUnknown):
        changes.get(ledger, change.id, "reports")


def test_the_same_definition_twice_is_one_change_with_the_newer_promise(ledger):
    first = propose(ledger)
    second = propose(ledger, replace(BY_USER, promised={"saving_ms_per_hour": 99.0}, reason="it saves more"))
    assert second.id == first.id
    assert (second.promised, second.reason) == ({"saving_ms_per_hour": 99.0}, "it saves more")
    assert len(audit.history(ledger, first.id)) == 1


def test_an_approved_change_keeps_the_promise_it_was_approved_for(ledger):
    move(ledger, propose(ledger), "approve")
    again = propose(ledger, replace(BY_USER, reason="another"))
    assert (again.state, again.reason) == ("approved", "it saves a scan")


def test_a_closed_change_makes_room_for_the_same_definition(ledger):
    rejected = move(ledger, propose(ledger), "reject")
    assert propose(ledger).id != rejected.id


def test_a_forbidden_move_changes_nothing(ledger):
    change = propose(ledger)
    with pytest.raises(ForbiddenTransition):
        move(ledger, change, "keep")
    assert changes.get(ledger, change.id, "main") == change


def test_every_move_is_told_with_who_why_and_on_what_evidence(ledger):
    change = propose(ledger)
    changes.transition(ledger, change, "reject", actor="anna", reason="not now", evidence={"calls": 3})
    event = audit.history(ledger, change.id)[-1]
    assert (event.from_state, event.to_state, event.actor, event.reason) == ("proposed", "rejected", "anna", "not now")
    assert event.evidence == {"calls": 3}


def test_who_approved_answers_for_the_change(ledger):
    change = changes.transition(ledger, propose(ledger), "approve", actor="anna", reason="yes")
    assert change.actor == "anna"


def test_of_two_that_move_the_same_change_one_is_told_that_it_moved(engine):
    with engine.begin() as ledger:
        change = propose(ledger)
    start, outcomes = threading.Barrier(2), []

    def approve(who: str) -> None:
        start.wait(5)
        try:
            with engine.begin() as ledger:
                changes.transition(ledger, change, "approve", actor=who, reason="yes")
            outcomes.append("moved")
        except ChangeMoved as moved:
            outcomes.append(str(moved))

    threads = [threading.Thread(target=approve, args=(who,)) for who in ("anna", "ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    told = f"Change {change.id} is no longer proposed but approved: somebody else was faster, and nothing was done."
    assert sorted(outcomes) == sorted(["moved", told])
    with engine.connect() as ledger:
        assert len(audit.history(ledger, change.id)) == 2


def test_a_change_that_came_back_to_its_state_is_another_one(ledger):
    approved = move(ledger, propose(ledger), "approve")
    move(ledger, approved, "baseline", "lapse")
    with pytest.raises(ChangeMoved):
        move(ledger, approved, "baseline")


def test_a_move_and_its_story_are_one_transaction(engine):
    with engine.begin() as ledger:
        change = propose(ledger)
    with engine.connect() as ledger:
        move(ledger, change, "approve")
        ledger.rollback()
    with engine.connect() as ledger:
        assert changes.get(ledger, change.id, "main").state == "proposed"
        assert len(audit.history(ledger, change.id)) == 1


def test_deadlines_are_the_databases(ledger):
    change = changes.transition(ledger, propose(ledger), "approve", actor="a", reason="r", lasts=timedelta(0))
    assert [one.id for one in changes.overdue(ledger, "main", "approved")] == [change.id]
    assert changes.overdue(ledger, "main", "proposed") == ()


def test_the_most_promising_is_made_first_and_what_backs_off_waits(ledger):
    poor = move(ledger, propose(ledger), "approve")
    better = replace(BY_USER, identity="b2", promised={"saving_ms_per_hour": 50})
    rich = move(ledger, propose(ledger, better), "approve")
    waits = move(ledger, propose(ledger, replace(BY_USER, identity="c3")), "approve")
    changes.note(ledger, waits, not_before=clock.later(WEEK))
    assert [change.id for change in changes.ready(ledger, "main")] == [rich.id, poor.id]


def test_an_index_of_an_open_definition_is_not_adopted(ledger):
    propose(ledger)
    assert changes.adopt(ledger, BY_USER, index_name="celeriac_9_jobs", actor="test") is None


# Quarantine


def keep_out(ledger: Connection, change: Change, times: int = 1) -> quarantine.Quarantined:
    for _ in range(times):
        held = quarantine.put(
            ledger,
            target="main",
            identity=change.identity,
            change_id=change.id,
            reason="no plan has used it",
            promised=change.promised,
            back_off=(timedelta(days=7), timedelta(days=30), timedelta(days=90)),
        )
    return held


def test_what_is_in_quarantine_is_not_proposed_and_the_reason_is_told(ledger):
    change = move(ledger, propose(ledger), "reject")
    keep_out(ledger, change)
    outcome = changes.propose(ledger, BY_USER, actor="test", lasts=WEEK)
    assert isinstance(outcome, NotProposed)
    assert outcome.reason.startswith("in quarantine until 20")
    assert outcome.reason.endswith(f"since change {change.id}: no plan has used it")


@pytest.mark.parametrize(("times", "days"), [(1, 7), (2, 30), (3, 90), (5, 90)])
def test_it_grows_each_time(ledger, times, days):
    held = keep_out(ledger, propose(ledger), times)
    now = ledger.scalar(text("SELECT clock_timestamp()"))
    assert (held.until - now).total_seconds() == pytest.approx(days * 86400, abs=5)


@pytest.mark.parametrize("promised", [{"table_rows": 2500.0}, {"table_rows": 300.0}, {"saving_ms_per_hour": 30.0}])
def test_a_table_or_promise_that_changed_twofold_lifts_it(ledger, promised):
    keep_out(ledger, move(ledger, propose(ledger), "reject"))
    outcome = changes.propose(ledger, replace(BY_USER, promised=promised), actor="test", lasts=WEEK)
    assert isinstance(outcome, Change)


def test_a_person_can_lift_it(ledger):
    keep_out(ledger, move(ledger, propose(ledger), "reject"))
    assert [one.identity for one in quarantine.active(ledger, "main")] == ["a1"]
    quarantine.lift(ledger, "main", "a1")
    assert quarantine.active(ledger, "main") == ()


# Control


def test_nothing_said_means_go(ledger):
    assert control.read(ledger, "main") == control.Control()


def test_pausing_every_target_pauses_each(ledger):
    control.pause(ledger, actor="anna", reason="a release")
    assert control.read(ledger, "reports").paused
    control.resume(ledger, actor="anna", reason="done")
    assert not control.read(ledger, "reports").paused


def test_resuming_one_target_does_not_lift_the_pause_of_all(ledger):
    control.pause(ledger, actor="anna", reason="a release")
    control.pause(ledger, "main", actor="ben", reason="a test")
    control.resume(ledger, "main", actor="ben", reason="done")
    held = control.read(ledger, "main")
    assert (held.paused, held.actor) == (True, "anna")


def reverted_by_measurement(ledger: Connection, identity: str, actor: str = "celeriac") -> None:
    change = propose(ledger, replace(BY_USER, identity=identity))
    change = move(ledger, change, "approve", "baseline", "begin", "built", "settle")
    changes.transition(ledger, change, "revert", actor=actor, reason="it hurts")


def test_one_revert_changes_no_mode(ledger):
    reverted_by_measurement(ledger, "a")
    assert control.fall_back(ledger, "main", reverts_allowed=2).mode is None


def test_two_reverts_within_a_week_take_auto_away_until_a_person_gives_it_back(ledger):
    reverted_by_measurement(ledger, "a")
    reverted_by_measurement(ledger, "b")
    held = control.fall_back(ledger, "main", reverts_allowed=2)
    assert held.effective_mode("auto") == "approve"
    assert "2 changes were reverted within a week" in held.reason
    control.resume(ledger, "main", actor="anna", reason="understood")
    assert control.fall_back(ledger, "main", reverts_allowed=2).effective_mode("auto") == "auto"


def test_what_people_revert_is_no_sign_against_auto(ledger):
    reverted_by_measurement(ledger, "a", actor="anna")
    reverted_by_measurement(ledger, "b", actor="anna")
    assert control.fall_back(ledger, "main", reverts_allowed=2).mode is None


def test_what_concerns_a_target_is_in_the_audit_too(ledger):
    control.pause(ledger, "main", actor="anna", reason="a release")
    row = ledger.execute(text("SELECT to_state, actor, change_id FROM celeriac.audit_event")).one()
    assert tuple(row) == ("paused", "anna", None)
