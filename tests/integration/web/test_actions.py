"""What people do, without any surface: each leaves its actor in the audit."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import text

from celeriac.ledger import control
from celeriac.ledger.changes import NothingToUndo
from config.database import ledger
from config.redis import broker_client, results_client
from web import actions
from web.actions import producer
from web.api.waiting import look
from web.documents import alerts, changes, queues

from .stock import stock


def audit():
    with ledger() as state:
        rows = state.execute(text("SELECT to_state, actor FROM celeriac.audit_event ORDER BY id"))
        return [tuple(row) for row in rows]


@pytest.fixture
def set_aside(api_settings):
    """A message that no queue took."""
    sent = producer.send("celeriac.cache.analyze", {"target": "main"}, priority=5)
    client = broker_client()
    client.lmove("celeriac\x06\x165", "celeriac.undeliverable")
    return sent


def test_a_message_that_was_set_aside_runs_when_it_is_sent_again(set_aside, worker):
    actions.requeue(set_aside, actor="flower:ann")
    while not (ran := look(set_aside)).finished:
        time.sleep(0.02)
    assert (ran.task, ran.state) == ("celeriac.cache.analyze", "SUCCESS")
    assert queues.queues().quarantined == ()
    assert audit() == [("requeued", "flower:ann")]


def test_a_message_keeps_its_priority(set_aside):
    actions.requeue(set_aside, actor="ann")
    (line,) = queues.queues().lines
    assert (line.queue, line.priority, line.messages) == ("celeriac", 5, 1)


def test_a_message_is_thrown_away_once(set_aside):
    actions.discard(set_aside, actor="ann")
    assert broker_client().llen("celeriac.undeliverable") == 0
    with pytest.raises(actions.MessageUnknown):
        actions.discard(set_aside, actor="bob")
    with pytest.raises(actions.MessageUnknown):
        actions.requeue(set_aside, actor="bob")


def test_a_target_is_paused_and_resumed(api_settings):
    actions.pause("main", actor="ann", reason="a release")
    with ledger() as state:
        assert control.read(state, "main").reason == "a release"
    actions.resume("main", actor="bob")
    with ledger() as state:
        assert not control.read(state, "main").paused
    assert audit() == [("paused", "ann"), ("resumed", "bob")]


def test_undoing_a_drop_brings_the_index_back(api_settings):
    stock(3)
    with ledger() as state:
        state.execute(text("UPDATE celeriac.change SET kind = 'drop', state = 'dropped' WHERE state = 'kept'"))
    dropped = changes.page("main", state="dropped").items[0].id
    assert actions.revert("main", dropped, actor="ann").state == "restoring"
    assert "celeriac.indexes.restore" in next(iter(broker_client().lrange("celeriac.ddl\x06\x162", 0, -1)))


def test_a_rebuild_has_nothing_to_undo(api_settings):
    stock(3)
    with ledger() as state:
        state.execute(text("UPDATE celeriac.change SET kind = 'rebuild' WHERE state = 'kept'"))
    kept = changes.page("main", state="kept").items[0].id
    with pytest.raises(NothingToUndo):
        actions.revert("main", kept, actor="ann")
    assert changes.one("main", kept).possible == ()


def test_work_with_other_arguments_is_other_work(api_settings):
    first = actions.start("celeriac.cache.invalidate", "main", actor="ann", arguments={"namespace": "users"})
    second = actions.start("celeriac.cache.invalidate", "main", actor="ann", arguments={"namespace": "jobs"})
    assert first.task_id != second.task_id
    assert not second.already


def test_what_was_asked_for_and_expired_can_be_asked_for_again(api_settings):
    first = actions.start("celeriac.cache.warm", "main", actor="ann")
    assert actions.under_way("celeriac.cache.warm", "main") == first.task_id
    results_client().delete(f"celeriac:asked:{first.task_id}")
    assert actions.under_way("celeriac.cache.warm", "main") is None
    assert actions.start("celeriac.cache.warm", "main", actor="ann").task_id != first.task_id


def test_a_silence_covers_what_it_names(api_settings):
    made = actions.silence("main", actor="ann", lasts=timedelta(hours=1), reason="a release", rule="disk_*")
    assert [one.rule for one in alerts.page("main").silences] == ["disk_*"]
    actions.lift("main", made.id, actor="bob")
    assert alerts.page("main").silences == ()
    assert audit() == [("alerts silenced", "ann"), ("silence lifted", "bob")]
