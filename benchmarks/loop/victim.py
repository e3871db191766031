"""A builder that can be held at any step of its work, so that it can be killed there.

It reads what to do as a line of JSON, writes one line once it is held, and goes on when it is told to. Only where it
stops is made up; everything else is the loop's own code on sessions of its own.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import NullPool, create_engine, text

from benchmarks.loop.stage import POLICIES, TARGET, connected
from celeriac.indexes import build, leftovers, rehearse, revert, settle
from celeriac.indexes.drop import recheck, restoring, run
from celeriac.ledger import changes
from celeriac.statements.capture import capture
from celeriac.statements.policy import StatementPolicy
from celeriac.supervision.sessions import Sessions

DDL_SESSION = "victim-ddl"
Step = tuple[Any, str, str]
"""A module, its function, and whether to stop before or after it."""

STEPS: dict[str, dict[str, Step]] = {
    "build": {
        "locks taken": (build, "may_begin", "before"),
        "guards clear": (build, "may_begin", "after"),
        "before the rehearsal": (rehearse, "rehearse", "before"),
        "rehearsed": (rehearse, "rehearse", "after"),
        "baselined": (build, "take_baseline", "after"),
        "intent committed": (build, "_intend", "after"),
        "DDL returned": (build, "run", "after"),
        "catalog observed": (build, "conclude_valid", "before"),
        "before settling": (settle, "begin", "before"),
        "settling not committed": (settle, "begin", "after"),
    },
    "revert": {
        "reverting committed": (revert, "finish", "before"),
        "before the drop": (leftovers, "drop", "before"),
        "drop returned": (leftovers, "drop", "after"),
        "before it is remembered": (revert, "_remember", "before"),
    },
    "drop": {
        "locks taken": (run, "_may_begin", "before"),
        "looked at again": (recheck, "recheck", "after"),
        "inverse committed": (run, "_intend", "after"),
        "drop returned": (run, "_attempt", "after"),
        "before it is measured": (run, "removed", "before"),
    },
    "restore": {
        "before the build": (restoring, "_create", "before"),
        "DDL returned": (restoring, "_create", "after"),
        "before it is closed": (restoring, "conclude", "before"),
    },
}
RUNNING = "running"
"""The step of being in the midst of the DDL: whoever kills has a lock that it waits for, or kills by chance."""


def main() -> None:
    """Do one piece of work and end."""
    asked = json.loads(sys.stdin.readline())
    engine = create_engine(asked["url"], poolclass=NullPool)
    with connected(engine) as ddl_session, connected(engine) as watch:
        ddl_session.execute(text(f"SET application_name = '{DDL_SESSION}'"))
        sessions = Sessions(ddl_session, watch, engine.begin)
        with engine.begin() as ledger:
            change = changes.get(ledger, asked["change_id"], TARGET)
        with _held_at(asked["kind"], asked["step"]):
            WORK[asked["kind"]](sessions, change)


def _build(sessions: Sessions, change: changes.Change) -> Any:
    def close_window() -> int:
        with sessions.ledger() as ledger:
            return capture(sessions.watch, ledger, TARGET, StatementPolicy()).window_id

    return build.build(sessions, change, POLICIES, capture=close_window)


def _revert(sessions: Sessions, change: changes.Change) -> Any:
    return revert.revert(sessions, change, POLICIES, reason="the round wants it", by_person=True)


def _drop(sessions: Sessions, change: changes.Change) -> Any:
    return run.drop(sessions, change, POLICIES, capture=lambda: None)


def _restore(sessions: Sessions, change: changes.Change) -> Any:
    return restoring.restore(sessions, change, POLICIES, by_person=True)


WORK: dict[str, Callable[[Sessions, changes.Change], Any]] = {
    "build": _build,
    "revert": _revert,
    "drop": _drop,
    "restore": _restore,
}


@contextmanager
def _held_at(kind: str, step: str) -> Iterator[None]:
    if step == RUNNING:
        _say("at work")
        yield
        return
    module, name, when = STEPS[kind][step]
    function = getattr(module, name)

    def held(*given: Any, **named: Any) -> Any:
        if when == "before":
            _hold(step)
            return function(*given, **named)
        result = function(*given, **named)
        _hold(step)
        return result

    setattr(module, name, held)
    yield


def _hold(step: str) -> None:
    _say(step)
    sys.stdin.readline()


def _say(word: str) -> None:
    print(word, flush=True)


if __name__ == "__main__":
    main()
