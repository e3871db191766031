"""Drops as their tasks run them: from what is found surplus to a verdict, and back by one word."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from celeriac.indexes.drop import restoring
from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.policy import LoopPolicy
from celeriac.indexes.undo import NotOneChoice
from celeriac.ledger import changes, clock, control
from config.database import ledger
from tasks import ddl, decisions, indexes, pruning, results, statements

from .test_indexes import app, application, automatic, dispatched, proposed, run, search, state_of  # noqa: F401

BY_BOTH = IndexDefinition("public", "jobs", (KeyPart("owner"), KeyPart("id")))
THERE = text("SELECT to_regclass('jobs_owner') IS NOT NULL")


@pytest.fixture
def surplus(automatic, application) -> int:  # noqa: F811
    """A drop, approved by a person, of an index that a longer one covers."""
    application.execute(text("CREATE INDEX jobs_owner ON jobs (owner)"))
    application.execute(text("CREATE INDEX jobs_both ON jobs (owner, id)"))
    (change_id,) = run(pruning.prune)["proposed"]
    assert run(decisions.approve, change_id=change_id, actor="anna")["dispatched"] == []  # nothing was measured yet
    measure(application)
    assert run(indexes.apply)["dispatched"] == [change_id]
    return change_id


def measure(application) -> None:  # noqa: F811
    run(statements.capture)
    search(application)
    application.execute(text("SELECT pg_sleep(1.1)"))  # older servers flush a session's counters once a second
    application.execute(text("SELECT 1"))
    run(statements.capture)


def test_in_mode_auto_a_persons_word_is_asked_for_what_is_not_ours(automatic, application, redis_url):  # noqa: F811
    application.execute(text("CREATE INDEX jobs_owner ON jobs (owner)"))
    application.execute(text("CREATE INDEX jobs_both ON jobs (owner, id)"))
    outcome = run(pruning.prune)
    (change_id,) = outcome["proposed"]
    assert (outcome["dispatched"], state_of(change_id), dispatched(redis_url)) == ([], "proposed", [])
    assert results.latest("prunable", "main")["prunable"][0]["not_proposed"] is None


def test_by_setting_the_mode_auto_needs_nobody(configure, automatic, application, redis_url):  # noqa: F811
    configure(loop__drop_foreign="true")
    application.execute(text("CREATE INDEX jobs_owner ON jobs (owner)"))
    application.execute(text("CREATE INDEX jobs_both ON jobs (owner, id)"))
    measure(application)
    (change_id,) = run(pruning.prune)["dispatched"]
    assert dispatched(redis_url) == [("celeriac.indexes.drop", {"change_id": change_id, "target": "main"})]


def test_from_surplus_to_dropped(surplus, application, redis_url):  # noqa: F811
    assert ("celeriac.indexes.drop", {"change_id": surplus, "target": "main"}) in dispatched(redis_url)
    measure(application)
    assert run(ddl.drop, change_id=surplus)["status"] == "removed"
    assert run(ddl.drop, change_id=surplus)["reason"] == "the change is drop_verifying"
    assert application.scalar(THERE) is False
    measure(application)
    assert run(indexes.verify_changes)["dropped"] == [surplus]
    assert state_of(surplus) == "dropped"


def test_what_got_slower_is_brought_back_by_the_evidence(surplus, application, redis_url):  # noqa: F811
    measure(application)
    run(ddl.drop, change_id=surplus)
    application.execute(text("DROP INDEX jobs_both"))  # by somebody, so that nothing serves the statement any more
    measure(application)
    assert run(indexes.verify_changes)["restoring"] == [surplus]
    assert ("celeriac.indexes.restore", {"change_id": surplus, "target": "main"}) in dispatched(redis_url)
    assert run(ddl.restore, change_id=surplus)["status"] == "restored"
    assert application.scalar(THERE) is True
    assert run(ddl.restore, change_id=surplus)["reason"] == "the change is restored"


def test_a_person_brings_it_back(surplus, application, redis_url):  # noqa: F811
    run(ddl.drop, change_id=surplus)
    outcome = run(decisions.revert, change_id=surplus, actor="anna", reason="a report")
    assert outcome == {"change_id": surplus, "status": "restoring"}
    told = {"change_id": surplus, "target": "main", "by_person": True}
    assert ("celeriac.indexes.restore", told) in dispatched(redis_url)
    assert run(ddl.restore, change_id=surplus, by_person=True)["status"] == "restored"


def test_what_is_to_come_back_is_sent_again_by_each_round(surplus, application, redis_url):  # noqa: F811
    run(ddl.drop, change_id=surplus)
    with ledger() as state:
        restoring.begin(
            state, changes.get(state, surplus, "main"), actor="celeriac", reason="it hurts", policy=LoopPolicy()
        )
    run(indexes.reconcile_target)
    assert ("celeriac.indexes.restore", {"change_id": surplus, "target": "main"}) in dispatched(redis_url)


def test_everything_since_an_instant_is_undone_by_one_task(automatic, application, redis_url):  # noqa: F811
    change_id = proposed()
    run(indexes.apply)
    run(ddl.build, change_id=change_id)
    assert run(decisions.revert, since="2999-01-01T00:00:00Z") == {"changes": [], "undoing": 0}
    assert run(decisions.revert, since="2020-01-01T00:00:00", actor="anna") == {"changes": [change_id], "undoing": 1}
    assert state_of(change_id) == "reverting"
    assert run(decisions.revert, everything=True)["changes"] == [change_id]  # asked again: it is sent again
    assert run(ddl.drop, change_id=change_id, by_person=True)["status"] == "reverted"
    assert run(decisions.revert, everything=True) == {"changes": [], "undoing": 0}


def test_one_clear_choice_is_asked_for(configured, app):  # noqa: F811
    for given in ({}, {"change_id": 1, "everything": True}):
        with pytest.raises(NotOneChoice):
            run(decisions.revert, **given)


def test_what_a_kept_index_replaces_is_proposed_at_once(automatic, application, redis_url):  # noqa: F811
    application.execute(text("CREATE INDEX jobs_owner ON jobs (owner)"))
    run(statements.capture)
    search(application)
    change_id = proposed(BY_BOTH)
    run(indexes.apply)
    run(ddl.build, change_id=change_id)
    with ledger() as state:
        change = changes.get(state, change_id, "main")
        changes.note(
            state, change, state="verifying", origin="declared", settled_at=clock.now(),
            promised={**change.promised, "replaces": ["jobs_owner"]},
        )  # fmt: skip
    measure(application)
    assert run(indexes.verify_changes)["kept"] == [change_id]
    with ledger() as state:
        (follow_up,) = [one for one in changes.all_of(state, "main") if one.kind == "drop"]
    assert (follow_up.index_name, follow_up.promised["after_change_id"]) == ("jobs_owner", change_id)


def test_while_paused_nothing_is_dropped(surplus, application):  # noqa: F811
    with ledger() as state:
        control.pause(state, actor="anna", reason="a release")
    refused = run(ddl.drop, change_id=surplus)
    assert (refused["status"], state_of(surplus)) == ("refused", "approved")
    assert application.scalar(THERE) is True


def test_one_that_moves_at_this_moment_keeps_no_other_from_being_undone(automatic, application):  # noqa: F811
    ids = [proposed(), proposed(BY_BOTH)]
    with ledger() as state:
        for number in ids:
            change = changes.get(state, number, "main")
            changes.note(state, change, state="kept", index_name=f"celeriac_{number}_jobs")
    with ThreadPoolExecutor(1) as pool:
        with ledger() as somebody:
            changes.note(somebody, changes.get(somebody, ids[1], "main"), state="lost")
            undoing = pool.submit(run, decisions.revert, everything=True)
            deadline = time.monotonic() + 10
            while not application.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar():
                assert time.monotonic() < deadline, "it does not wait for the row"
                time.sleep(0.01)
        outcome = undoing.result(20)
    assert (outcome["changes"], [state_of(number) for number in ids]) == ([ids[0]], ["reverting", "lost"])
    assert "is no longer kept but lost" in outcome["moved"][0]
