"""The loop as its tasks run it; what they dispatch is read from the broker."""

import base64
import json
import time
from collections.abc import Iterator

import pytest
import redis
from celery import Celery
from kombu import Queue
from sqlalchemy import Connection, NullPool, create_engine, text

from celeriac.indexes.index import IndexDefinition, KeyPart, Recommendation
from celeriac.indexes.policy import LoopPolicy
from celeriac.indexes.propose import propose
from celeriac.ledger import changes, control
from celeriac.ledger.states import ForbiddenTransition
from config.database import ledger
from config.settings import Settings
from tasks import ddl, decisions, indexes, results, statements

BY_OWNER = IndexDefinition("public", "jobs", (KeyPart("owner"),))


@pytest.fixture
def app(configured: Settings, redis_url: str) -> Iterator[Celery]:
    app = Celery("test", broker=redis_url, backend=redis_url, set_as_current=True)
    app.conf.update(task_queues=(Queue("celeriac"), Queue("celeriac.ddl")), task_default_queue="celeriac")
    yield app
    app.close()


@pytest.fixture
def automatic(configure, configured, app) -> None:
    """Mode auto, and verdicts as soon as anything is measured."""
    configure(
        loop__mode="auto",
        verify__min_settling="0s",
        verify__min_duration="0s",
        verify__min_calls="10",
        builds__poll_s="0.02",
        guards__min_disk_free_ratio="0",
        guards__max_active_backends_per_core="100",
    )


@pytest.fixture
def application(configured: Settings, ledger_url: str) -> Iterator[Connection]:
    """The application's session on a table that it searches without an index."""
    engine = create_engine(ledger_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as session:
        session.execute(
            text("CREATE TABLE jobs AS SELECT n id, n % 5000 AS owner, repeat('x', 9) FROM generate_series(1, 50000) n")
        )
        session.execute(text("ANALYZE jobs"))
        yield session
    engine.dispose()


def search(application: Connection) -> None:
    for owner in range(30):
        application.execute(text("SELECT * FROM jobs WHERE owner = :owner"), {"owner": owner})


def run(task, **arguments):
    outcome = task.apply(kwargs=arguments)
    if isinstance(outcome.result, BaseException):
        raise outcome.result
    return outcome.result


def begin_to_verify() -> None:
    """Wait until twice the time of the build has passed: so long a change settles at least."""
    deadline = time.monotonic() + 10
    while run(indexes.verify_changes)["waiting"] == 0:
        assert time.monotonic() < deadline, "the change does not settle"


def dispatched(redis_url: str) -> list[tuple[str, dict]]:
    """Return name and arguments of what lies on the DDL queue."""
    with redis.Redis.from_url(redis_url) as client:
        keys = [key for key in client.keys("celeriac.ddl*") if client.type(key) == b"list"]
        messages = [json.loads(message) for key in keys for message in client.lrange(key, 0, -1)]
    return [(one["headers"]["task"], json.loads(base64.b64decode(one["body"]))[1]) for one in messages]


def proposed(definition: IndexDefinition = BY_OWNER) -> int:
    wanted = Recommendation(definition, "", 8192, 0.5, 10.0, 0.0, (), "it saves a scan")
    with ledger() as state:
        outcome = propose(
            state, "main", wanted, table=None, origin="advisor", actor="test", policy=LoopPolicy(mode="auto")
        )
    assert isinstance(outcome, changes.Change)
    return outcome.id


def state_of(change_id: int) -> str:
    with ledger() as connection:
        return changes.get(connection, change_id, "main").state


@pytest.mark.hypopg
def test_from_traffic_to_a_kept_index(automatic, application, redis_url):
    run(statements.capture)
    search(application)
    run(statements.capture)
    advised = run(indexes.recommend)
    assert (advised["status"], advised["mode"], advised["recommendations"]) == ("done", "auto", 1)
    (change_id,) = advised["dispatched"]
    assert ("celeriac.indexes.build", {"change_id": change_id, "target": "main"}) in dispatched(redis_url)
    assert results.latest("recommendations", "main")["recommendations"][0]["ddl"].endswith('("owner")')

    built = run(ddl.build, change_id=change_id)
    assert (built["status"], built["index"]) == ("built", f"celeriac_{change_id}_jobs_owner")
    begin_to_verify()
    run(statements.capture)
    search(application)
    application.execute(text("SELECT pg_sleep(1.1)"))  # older servers flush a session's counters once a second
    application.execute(text("SELECT 1"))
    run(statements.capture)
    assert run(indexes.verify_changes)["kept"] == [change_id]
    assert all(len(json.dumps(result)) < 1024 for result in (advised, built))


def test_without_any_measurement_nothing_is_advised(configured):
    assert run(indexes.recommend)["status"] == "waiting"


def test_observing_proposes_and_dispatches_nothing(configured, app, application, redis_url):
    change_id = proposed()
    assert run(indexes.apply) == {"dispatched": [], "held_back": 0}
    assert (state_of(change_id), dispatched(redis_url)) == ("proposed", [])


def test_a_persons_approval_dispatches_the_build(configure, configured, app, application, redis_url):
    configure(loop__mode="approve", guards__max_active_backends_per_core="100")
    change_id = proposed()
    assert run(indexes.apply)["dispatched"] == []
    assert run(decisions.approve, change_id=change_id, actor="anna")["dispatched"] == [change_id]
    assert [name for name, _ in dispatched(redis_url)] == ["celeriac.indexes.build"]


def test_what_a_guard_holds_back_says_why(automatic, application, redis_url):
    change_id = proposed()
    with ledger() as state:
        control.pause(state, actor="anna", reason="a release")
        changes.transition(state, changes.get(state, change_id, "main"), "approve", actor="anna", reason="yes")
    assert run(indexes.apply) == {"dispatched": [], "held_back": 1}
    with ledger() as state:
        assert "paused by anna" in changes.get(state, change_id, "main").last_error


def test_a_refused_build_leaves_the_change_approved(automatic, application):
    change_id = proposed()
    run(indexes.apply)
    with ledger() as state:
        control.pause(state, actor="anna", reason="a release")
    refused = run(ddl.build, change_id=change_id)
    assert (refused["status"], state_of(change_id)) == ("refused", "approved")
    assert "paused by anna" in refused["reason"]


def test_a_message_that_comes_twice_builds_once(automatic, application):
    change_id = proposed()
    run(indexes.apply)
    assert run(ddl.build, change_id=change_id)["status"] == "built"
    assert run(ddl.build, change_id=change_id) == {
        "change_id": change_id,
        "status": "skipped",
        "reason": "the change is settling",
    }


def test_a_person_undoes_a_change(automatic, application, redis_url):
    change_id = proposed()
    run(indexes.apply)
    run(ddl.build, change_id=change_id)
    run(decisions.revert, change_id=change_id, actor="anna", reason="a surprise")
    assert dispatched(redis_url)[-1][0] in ("celeriac.indexes.drop", "celeriac.indexes.build")
    assert ("celeriac.indexes.drop", {"change_id": change_id, "target": "main", "by_person": True}) in dispatched(
        redis_url
    )
    assert run(ddl.drop, change_id=change_id, by_person=True)["status"] == "reverted"
    assert run(ddl.drop, change_id=change_id)["reason"] == "the change is reverted"


def test_an_index_that_nobody_uses_is_dropped_by_the_evidence(automatic, application, redis_url):
    run(statements.capture)
    search(application)
    change_id = proposed(IndexDefinition("public", "jobs", (KeyPart("id"),)))
    run(indexes.apply)
    run(ddl.build, change_id=change_id)
    begin_to_verify()
    run(statements.capture)
    search(application)
    run(statements.capture)
    assert run(indexes.verify_changes)["reverting"] == [change_id]
    assert ("celeriac.indexes.drop", {"change_id": change_id, "target": "main"}) in dispatched(redis_url)
    assert run(ddl.drop, change_id=change_id)["status"] == "reverted"


def test_a_proposal_can_be_refused(configured, app):
    change_id = proposed()
    run(decisions.reject, change_id=change_id, actor="anna", reason="not now")
    assert state_of(change_id) == "rejected"
    with pytest.raises(ForbiddenTransition):
        run(decisions.approve, change_id=change_id)


def test_reconcile_mends_and_dispatches_what_waits(automatic, application):
    change_id = proposed()
    run(indexes.apply)
    run(ddl.build, change_id=change_id)
    application.execute(text(f"DROP INDEX celeriac_{change_id}_jobs_owner"))
    outcome = run(indexes.reconcile_target)
    assert outcome["mended"] == [
        f"celeriac_{change_id}_jobs_owner: lost, celeriac_{change_id}_jobs_owner was dropped by somebody else"
    ]
    assert state_of(change_id) == "lost"


def test_declared_indexes_are_built_where_their_tables_are(automatic, application, redis_url):
    application.execute(text("CREATE TABLE users (id int, email text, role text)"))
    application.execute(text("CREATE INDEX users_role ON users (role)"))
    outcome = run(indexes.ensure_declared)
    assert (outcome["missing"], outcome["unused"]) == (1, 1)
    assert len(outcome["dispatched"]) == 1
    document = results.latest("declared_indexes", "main")
    assert document["missing"] == ['CREATE INDEX CONCURRENTLY ON "public"."users" USING btree ("email")']
    assert document["unused"][0].startswith("declared index users_role on public.users takes")
    assert run(indexes.ensure_declared)["proposed"] == outcome["proposed"]


def test_a_bloated_index_is_found_and_rebuilt(automatic, configure, application, redis_url):
    configure(reindex__min_wasted_bytes="100000")
    application.execute(text("CREATE INDEX jobs_id ON jobs (id)"))
    application.execute(text("DELETE FROM jobs WHERE id % 10 > 0"))
    application.execute(text("VACUUM ANALYZE jobs"))
    found = run(indexes.find_bloat)
    (change_id,) = found["dispatched"]
    assert ("celeriac.indexes.rebuild", {"change_id": change_id, "target": "main"}) in dispatched(redis_url)
    assert results.latest("bloat", "main")["found"][0].startswith("jobs_id takes")
    rebuilt = run(ddl.rebuild, change_id=change_id)
    assert (rebuilt["status"], rebuilt["index"]) == ("built", "jobs_id")
    assert rebuilt["size_bytes"] < 500_000


def test_ddl_that_arrives_on_the_general_queue_forwards_itself(automatic, application, redis_url):
    change_id = proposed()
    ddl.build.push_request(delivery_info={"routing_key": "celeriac"}, called_directly=False, is_eager=False)
    try:
        told = ddl.build.run(change_id=change_id)
    finally:
        ddl.build.pop_request()
    assert told["status"] == "forwarded"
    assert dispatched(redis_url) == [("celeriac.indexes.build", {"change_id": change_id, "target": "main"})]
    assert state_of(change_id) == "proposed"
