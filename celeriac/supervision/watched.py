"""Run one statement while a second connection watches it and can end it at any moment."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from celeriac import sqlstate
from celeriac.sql import execute, sign
from celeriac.supervision import progress, waiters
from celeriac.supervision.outcome import Outcome, Refused
from celeriac.supervision.progress import Progress
from celeriac.supervision.sessions import Sessions

_CANCEL = text(sign("cancel", "SELECT pg_cancel_backend(:pid)"))

Asked = Callable[[int], Outcome]
"""Asked while a statement runs, about the process that runs it."""
Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Ran:
    """What the client saw; the catalog says what came of it."""

    error: DBAPIError | None = None
    stopped: Refused | None = None
    """Why we cancelled it."""
    lost: bool = False
    """Nobody saw: its worker died."""
    advanced: bool = False
    """Of work in parts: some parts were finished, or none was begun; it is no failed attempt."""

    @property
    def is_transient(self) -> bool:
        """Whether another attempt may do better."""
        return self.stopped is not None or self.error is None or sqlstate.is_transient(self.error)

    @property
    def sentence(self) -> str:
        """Why nothing came of it; names objects, never values."""
        if self.stopped is not None:
            return f"stopped: {self.stopped.reason}"
        if self.lost:
            return "its worker died before it came to its end"
        if self.error is None:
            return "the server reported success, but the catalog does not show it"
        if sqlstate.code(self.error) == sqlstate.LOCK_NOT_AVAILABLE:
            return "a lock could not be had within lock_timeout: a long transaction or other DDL holds the table"
        return sqlstate.sentence(self.error)


def run(sessions: Sessions, statement: str, *, poll_s: float, may_go_on: Asked, report: Report | None = None) -> Ran:
    """Run `statement` on `sessions.ddl`; between polls report progress, and cancel once `may_go_on(pid)` refuses."""
    pid = sessions.backend_pid()
    with ThreadPoolExecutor(1, thread_name_prefix="celeriac-ddl") as pool:
        running = pool.submit(_execute, sessions.ddl, statement)
        try:
            stopped = _watch(running, sessions.watch, pid, poll_s, may_go_on, report)
        except BaseException:
            # A soft time limit, Ctrl-C, a broken watcher: what nobody watches must not run on.
            _cancel_from_outside(sessions.ddl, running)
            raise
        return Ran(error=running.result(), stopped=stopped)


def unless_waited_for(sessions: Sessions, may_go_on: Asked | None = None) -> Asked:
    """Return what refuses as soon as anybody waits because of us, and otherwise asks `may_go_on`."""

    def asked(pid: int) -> Outcome:
        outcome = waiters.check(sessions.watch, pid)
        return outcome if isinstance(outcome, Refused) or may_go_on is None else may_go_on(pid)

    return asked


def back_off(first: timedelta, attempt: int) -> timedelta:
    """Return how long to wait after so many attempts: `first`, and each further time twice as long.

    >>> back_off(timedelta(minutes=5), 0), back_off(timedelta(minutes=5), 3)
    (datetime.timedelta(seconds=300), datetime.timedelta(seconds=1200))
    """
    factor: int = 2 ** max(0, attempt - 1)
    return first * factor


def _execute(ddl: Connection, statement: str) -> DBAPIError | None:
    try:
        execute(ddl, statement)
    except DBAPIError as error:
        return error
    return None


def _watch(
    running: "Future[DBAPIError | None]",
    watch: Connection,
    pid: int,
    poll_s: float,
    may_go_on: Asked,
    report: Report | None,
) -> Refused | None:
    stopped: Refused | None = None
    while not _done(running, poll_s):
        if stopped is None:
            outcome = may_go_on(pid)
            stopped = outcome if isinstance(outcome, Refused) else None
        if stopped is not None:
            watch.execute(_CANCEL, {"pid": pid})  # again at each poll: the first may have come between statements
        elif report is not None and (now := progress.read(watch, pid)) is not None:
            report(now)
    return stopped


def _done(running: "Future[DBAPIError | None]", poll_s: float) -> bool:
    wait([running], timeout=poll_s)
    return running.done()


def _cancel_from_outside(ddl: Connection, running: "Future[DBAPIError | None]") -> None:
    driver = ddl.connection.driver_connection
    while driver is not None and not running.done():
        driver.cancel()  # opens a connection of its own, so it works when the watcher's is gone
        wait([running], timeout=0.2)
