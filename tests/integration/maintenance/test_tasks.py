"""Maintenance as its tasks run it: proposed, decided, dispatched to the queue for DDL, done, and published."""

import base64
import json
from collections.abc import Iterator

import pytest
import redis
from celery import Celery
from kombu import Queue
from sqlalchemy import Connection, NullPool, create_engine, text

from celeriac.ledger import control
from celeriac.maintenance import need, reading, runs
from celeriac.maintenance.undo import NothingToUndo
from config.database import ledger
from config.settings import Settings, settings
from tasks import maintenance, results

from .words import JOBS


@pytest.fixture
def app(configured: Settings, redis_url: str) -> Iterator[Celery]:
    app = Celery("test", broker=redis_url, backend=redis_url, set_as_current=True)
    app.conf.update(task_queues=(Queue("celeriac"), Queue("celeriac.ddl")), task_default_queue="celeriac")
    yield app
    app.close()


@pytest.fixture
def eager(configure, configured, app) -> None:
    configure(
        maintenance__min_rows="1000",
        maintenance__min_dead_rows="1000",
        maintenance__cost_delay_ms="0.1",
        maintenance__poll_s="0.02",
        guards__max_active_backends_per_core="100",
    )


@pytest.fixture
def application(configured: Settings, ledger_url: str) -> Iterator[Connection]:
    engine = create_engine(ledger_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as session:
        session.execute(text(JOBS))
        session.execute(text("ALTER TABLE jobs SET (autovacuum_vacuum_insert_threshold = -1)"))
        session.execute(text("SELECT pg_sleep(1.1)"))  # older servers flush a session's counters once a second
        session.execute(text("SELECT 1"))
        yield session
    engine.dispose()


def run(task, **arguments):
    outcome = task.apply(kwargs=arguments)
    if isinstance(outcome.result, BaseException):
        raise outcome.result
    return outcome.result


def dispatched(redis_url: str) -> list[tuple[str, dict]]:
    with redis.Redis.from_url(redis_url) as client:
        names = [name for name in client.keys("celeriac.ddl*") if client.type(name) == b"list"]
        messages = [json.loads(message) for name in names for message in client.lrange(name, 0, -1)]
    bodies = [(one["headers"]["task"], json.loads(base64.b64decode(one["body"]))[1]) for one in messages]
    return sorted(bodies, key=str)


def state_of(run_id: int) -> str:
    with ledger() as state:
        return runs.get(state, run_id, "main").state


def test_by_default_it_is_proposed_and_a_person_approves_what_is_sent(eager, application, redis_url):
    outcome = run(maintenance.find)
    (run_id,) = outcome["proposed"]
    assert (outcome["dispatched"], dispatched(redis_url)) == ([], [])
    approved = run(maintenance.approve, run_id=run_id, actor="anna")
    assert approved == {"run_id": run_id, "status": "approved", "dispatched": [run_id], "held_back": 0}
    assert dispatched(redis_url) == [("celeriac.maintenance.run", {"run_id": run_id, "target": "main"})]
    done = run(maintenance.run, run_id=run_id)
    assert (done["status"], state_of(run_id)) == ("done", "done")
    assert "believes in 10000 rows where 10000 are" in done["outcome"]
    assert run(maintenance.run, run_id=run_id)["reason"] == "the run is done"
    with pytest.raises(NothingToUndo):
        run(maintenance.revert, run_id=run_id)


def test_the_latest_runs_are_published(eager, application):
    (run_id,) = run(maintenance.find)["proposed"]
    document = results.latest("maintenance", "main")
    assert document["skipped"] == []
    (shown,) = document["runs"]
    assert (shown["id"], shown["kind"], shown["table"], shown["state"]) == (
        run_id,
        "analyze",
        "public.jobs",
        "proposed",
    )
    assert shown["ddl"] == "ANALYZE public.jobs"


def test_in_mode_auto_nobody_is_asked(configure, eager, application, redis_url):
    configure(maintenance__analyze_mode="auto")
    (run_id,) = run(maintenance.find)["dispatched"]
    assert dispatched(redis_url) == [("celeriac.maintenance.run", {"run_id": run_id, "target": "main"})]
    assert run(maintenance.run, run_id=run_id)["status"] == "done"


def test_the_targets_own_mode_makes_it_more_careful(configure, eager, application):
    configure(maintenance__analyze_mode="auto", targets__main__mode="observe")
    outcome = run(maintenance.find)
    assert (len(outcome["proposed"]), outcome["dispatched"]) == (1, [])
    held = run(maintenance.approve, run_id=outcome["proposed"][0])
    assert (held["dispatched"], held["held_back"]) == ([], 1)


def test_what_the_guards_hold_back_waits_for_a_later_round(configure, eager, application, redis_url):
    configure(maintenance__analyze_mode="auto")
    with ledger() as state:
        control.pause(state, actor="anna", reason="a release")
    assert run(maintenance.find)["held_back"] == 1
    with ledger() as state:
        (waiting,) = runs.in_states(state, "main", "approved")
        control.resume(state, actor="anna", reason="over")
    assert waiting.outcome == "paused by anna: a release; `celeriac resume` lifts it"
    assert dispatched(redis_url) == []
    assert run(maintenance.apply) == {"dispatched": [waiting.id], "held_back": 0}


def test_paused_after_it_was_sent(configure, eager, application):
    configure(maintenance__analyze_mode="auto")
    (run_id,) = run(maintenance.find)["dispatched"]
    configure(loop__paused="true")
    refused = run(maintenance.run, run_id=run_id)
    assert (refused["status"], state_of(run_id)) == ("refused", "approved")
    assert "CELERIAC_LOOP__PAUSED" in refused["reason"]


def test_nothing_waits_and_nothing_is_asked(eager, application):
    assert run(maintenance.apply) == {"dispatched": [], "held_back": 0}


def test_what_a_person_refuses(eager, application):
    (run_id,) = run(maintenance.find)["proposed"]
    assert run(maintenance.reject, run_id=run_id, actor="anna") == {"run_id": run_id, "status": "rejected"}
    again = run(maintenance.find)
    assert (again["needs"], again["proposed"]) == (1, [])


def test_settings_are_set_and_given_back(configure, eager, application, redis_url):
    configure(maintenance__settings_mode="auto", maintenance__max_dead_rows="500")
    application.execute(text("ALTER TABLE jobs SET (autovacuum_enabled = true)"))
    application.execute(text("UPDATE jobs SET user_id = 1 WHERE id < 500"))
    application.execute(text("VACUUM (ANALYZE) jobs"))
    application.execute(text("SELECT pg_sleep(1.1)"))
    application.execute(text("SELECT 1"))
    (run_id,) = run(maintenance.find)["dispatched"]
    options = text("SELECT reloptions FROM pg_class WHERE relname = 'jobs'")
    assert run(maintenance.run, run_id=run_id)["status"] == "done"
    assert "autovacuum_vacuum_scale_factor=0.05" in application.scalar(options)
    assert run(maintenance.revert, run_id=run_id, actor="anna") == {"run_id": run_id, "status": "reverted"}
    assert sorted(application.scalar(options)) == [
        "autovacuum_enabled=true",
        "autovacuum_vacuum_insert_threshold=-1",
    ]


@pytest.mark.parametrize("task", [maintenance.run, maintenance.revert])
def test_on_the_general_queue_it_forwards_itself(eager, application, redis_url, app, task):
    task.push_request(called_directly=False, delivery_info={"routing_key": "celeriac"}, id="here", retries=0)
    try:
        told = task.forwarded(run_id=1, target="main")
    finally:
        task.pop_request()
    assert (told["status"], told["queue"]) == ("forwarded", "celeriac.ddl")
    assert dispatched(redis_url) == [(task.name, {"run_id": 1, "target": "main"})]


def test_a_role_that_may_not_is_told_what_to_grant(eager, application, ledger_url):
    application.execute(text("CREATE ROLE celeriac_reader"))
    try:
        application.execute(text("GRANT SELECT ON jobs TO celeriac_reader"))
        with create_engine(ledger_url, poolclass=NullPool).connect() as connection:
            connection.execute(text("SET ROLE celeriac_reader"))
            tables, server = reading.tables(connection), reading.server(connection)
        found, skipped = need.needs(tables, server, settings().maintenance)
        assert found == ()
        assert [(one.table, "grant our role its owner's" in one.reason) for one in skipped] == [("public.jobs", True)]
    finally:
        application.execute(text("DROP OWNED BY celeriac_reader"))
        application.execute(text("DROP ROLE celeriac_reader"))
