"""Whenever the backend of a drop, or of its restoration, dies: two rounds later ledger and catalog agree."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from celeriac.indexes import drop, reconcile
from celeriac.supervision.sessions import Sessions

from ..loop import TARGET, Loop
from .test_restore import begun
from .words import captured, gone, there, unused

AGREE = {
    "approved": True,
    "dropping": True,
    "drop_verifying": False,
    "failed": True,
    "restoring": False,
    "restored": True,
}
"""Whether the index is there in each state that a round may end in."""


@contextmanager
def renewed(loop: Loop) -> Iterator[Loop]:
    """The same loop on new sessions, as a worker that was started anew has."""
    autocommit = loop.engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as ddl, autocommit.connect() as watch:
        yield replace(loop, sessions=Sessions(ddl, watch, loop.engine.begin))


def killed(loop: Loop, work, chance: random.Random) -> None:
    """Do `work` beside a writer, and end its DDL session at a moment of chance."""
    pid = loop.sessions.ddl.scalar(text("SELECT pg_backend_pid()"))

    def attempt() -> None:
        with suppress(DBAPIError):  # the session broke, as it was meant to
            work()

    with loop.session() as writer:
        if chance.random() < 0.7:
            writer.execute(text("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"))
        running = threading.Thread(target=attempt)
        running.start()
        time.sleep(chance.uniform(0.0, 0.3))
        loop.sql("SELECT pg_terminate_backend(:pid)", pid=pid)
        running.join(20)
    assert not running.is_alive()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("way", ["drop", "restore"])
def test_two_rounds_later_ledger_and_catalog_agree(loop: Loop, seed: int, way: str):
    chance = random.Random(seed)
    change = unused(loop) if way == "drop" else begun(loop, gone(loop))
    captured(loop)
    captured(loop)
    with renewed(loop) as once:

        def work() -> object:
            if way == "drop":
                return drop.drop(once.sessions, change, once.policies, capture=lambda: None)
            return drop.restore(once.sessions, change, once.policies)

        killed(once, work, chance)
    for _ in range(2):
        reconcile.reconcile(loop.sessions, TARGET, loop.policies)
    state = loop.now(change).state
    assert (loop.invalid(), there(loop)) == (0, AGREE[state]), state
    if state == "restoring":
        assert isinstance(drop.restore(loop.sessions, loop.now(change), loop.policies), drop.Restored)
    if state == "approved":
        gone(loop, loop.set_state(change, "approved", not_before=None))
