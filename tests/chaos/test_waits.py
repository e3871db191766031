"""No session waits behind a lock of ours for longer than lock_timeout, whatever we are at."""

import threading
import time

import pytest
from sqlalchemy import text

from benchmarks.loop.writers import watched
from celeriac.indexes import drop as dropping
from celeriac.indexes import revert
from tests.integration.indexes.drop.test_restore import begun
from tests.integration.indexes.drop.words import captured, covered, gone
from tests.integration.indexes.loop import BY_USER, Loop, until

LOCK_TIMEOUT_S = 3.0
"""Longer than a busy machine takes for what is timed here; whoever waits behind us is let go long before."""
WAITS = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'celeriac:(build|drop)'"


def build(loop: Loop):
    change = loop.approved(BY_USER)
    return lambda: loop.build(change)


def undo(loop: Loop):
    change = loop.built(BY_USER)
    return lambda: revert.revert(loop.sessions, change, loop.policies, reason="a test")


def drop(loop: Loop):
    change = covered(loop)
    captured(loop)
    captured(loop)
    return lambda: dropping.drop(loop.sessions, change, loop.policies, capture=lambda: None)


def restore(loop: Loop):
    change = begun(loop, gone(loop, covered(loop)))
    return lambda: dropping.restore(loop.sessions, change, loop.policies)


@pytest.mark.parametrize("work", [build, undo, drop, restore], ids=lambda work: work.__name__)
def test_neither_writers_nor_migrations_wait_longer(loop: Loop, work):
    # Polled less often than the locks are looked at, so that the wait is seen.
    loop = loop.with_build(lock_timeout_ms=int(1000 * LOCK_TIMEOUT_S), poll_s=0.2)
    at_work = work(loop)
    url = loop.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with watched(url) as waits, loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE") as old:
        thread = threading.Thread(target=at_work)
        thread.start()
        until(lambda: loop.sql(WAITS))
        longest_s = {"write": timed(loop, "UPDATE jobs SET note = 'x' WHERE id = 7")}
        # What migrations want, and vacuum: the lock that ours is incompatible with.
        longest_s["migration"] = timed(loop, "ALTER TABLE jobs ALTER note SET STATISTICS 50")
        longest_s["write after it"] = timed(loop, "INSERT INTO jobs VALUES (-1, 1, 'new')")
        old.rollback()
        thread.join(20)
    assert not thread.is_alive()
    assert longest_s["write"] < LOCK_TIMEOUT_S / 2
    assert max(*longest_s.values(), waits.longest_s) < LOCK_TIMEOUT_S
    assert waits.seen == 1  # the migration did wait for us, or nothing was tried


def timed(loop: Loop, statement: str) -> float:
    began = time.monotonic()
    with loop.engine.begin() as session:
        session.execute(text(statement))
    return time.monotonic() - began
