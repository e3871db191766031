"""At any instant at most one session of ours runs DDL on a target, and what is asked twice is done once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from sqlalchemy import text

from celeriac.indexes import build
from celeriac.indexes.build import Built
from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.ledger.changes import ChangeMoved
from celeriac.supervision.sessions import Sessions
from tasks import ddl, indexes, results, statements
from tests.integration.indexes.loop import BY_USER, Loop, until
from tests.integration.tasks.test_indexes import app, application, automatic, run, search

from .words import disagreements, rounds

__all__ = ["app", "application", "automatic"]
AT_WORK = """
    SELECT count(DISTINCT pid) FROM pg_stat_activity
    WHERE state = 'active' AND query ~ '^(CREATE|DROP) (INDEX )?/\\* celeriac:(build|drop) \\*/' AND datname = current_database()
"""  # noqa: E501


@contextmanager
def another(loop: Loop) -> Iterator[Loop]:
    """The same target as another worker sees it, on sessions of its own."""
    autocommit = loop.engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as session, autocommit.connect() as watch:
        yield replace(loop, sessions=Sessions(session, watch, loop.engine.begin))


def worker(loop: Loop, change) -> build.Result | None:
    with another(loop) as one, suppress(ChangeMoved):
        return one.build(change)


@contextmanager
def counted(loop: Loop) -> Iterator[list[int]]:
    """Count again and again how many sessions of ours run DDL."""
    seen, ended = [0], threading.Event()

    def look() -> None:
        with loop.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            while not ended.wait(0.005):
                seen.append(connection.scalar(text(AT_WORK)))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def test_of_many_workers_one_builds_at_a_time(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=5_000).with_guard(one_change_per_table=False)
    columns = ("user_id", "status", "note")
    due = [loop.approved(IndexDefinition("public", "jobs", (KeyPart(name),))) for name in columns]
    with counted(loop) as seen, ThreadPoolExecutor(2 * len(due)) as pool:
        with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"):
            begun = [pool.submit(worker, loop, change) for change in (*due, *due)]
            until(lambda: max(seen) > 0 and sum(one.done() for one in begun) == len(begun) - 1)
        came = [one.result(20) for one in begun]
    assert max(seen) == 1
    assert sum(isinstance(one, Built) for one in came) == 1
    assert len(loop.indexes()) == 1
    assert rounds(loop) == []


def test_the_same_change_delivered_to_three_workers_is_built_once(loop: Loop):
    change = loop.approved(BY_USER)
    with ThreadPoolExecutor(3) as pool:
        came = list(pool.map(lambda _: worker(loop, change), range(3)))
    assert sum(isinstance(one, Built) for one in came) == 1
    assert loop.story(change) == ["proposed", "approved", "baselined", "building", "settling"]
    assert (len(loop.indexes()), disagreements(loop)) == (1, [])


@pytest.mark.usefixtures("automatic")
def test_a_broker_that_forgot_everything_costs_one_round_and_builds_once(application, redis_url):
    import redis

    run(statements.capture)
    search(application)
    run(statements.capture)
    (change_id,) = run(indexes.recommend)["dispatched"]
    with redis.Redis.from_url(redis_url) as broker:
        broker.flushall()  # the message, its result and every copy of ours are gone
        assert run(indexes.reconcile_target)["dispatched"] == [change_id]
        broker.flushall()
    assert run(ddl.build, change_id=change_id)["status"] == "built"
    assert run(ddl.build, change_id=change_id)["status"] == "skipped"
    assert run(indexes.reconcile_target)["dispatched"] == []
    assert results.latest("recommendations", "main") is None
    assert application.scalar(text("SELECT count(*) FROM pg_indexes WHERE tablename = 'jobs'")) == 1
