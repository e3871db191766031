"""Run one DDL statement while a second connection watches it and can end it at any moment.

Cancelling precedes queueing: a concurrent build takes SHARE UPDATE EXCLUSIVE, so other DDL and vacuum can wait behind
it, and behind them everyone. https://www.postgresql.org/docs/current/progress-reporting.html
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from celeriac.indexes.outcome import Outcome, Refused
from celeriac.sql import execute, load, sign

_PID = text(sign("pid", "SELECT pg_backend_pid()"))
_CANCEL = text(sign("cancel", "SELECT pg_cancel_backend(:pid)"))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is."""

    phase: str
    """As PostgreSQL names it, such as "building index: scanning table"."""
    percent: float
    """Of the phase."""
    waits_for: int | None
    """The process that the build waits for."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What the client saw; the catalog says what came of it."""

    error: DBAPIError | None = None
    stopped: Refused | None = None
    """Why we cancelled it."""
    advanced: bool = False
    """Of a build in parts: some parts were finished, or none was begun; it is no failed attempt."""


def backend_pid(session: Connection) -> int:
    """Return the server's process id of a session."""
    pid: int = session.execute(_PID).scalar_one()
    return pid


def run(
    statement: str,
    *,
    ddl: Connection,
    watch: Connection,
    poll_s: float,
    may_go_on: Callable[[int], Outcome],
    report: Callable[[Progress], None] | None = None,
) -> Ran:
    """Run `statement` on `ddl`; between polls report progress, and cancel once `may_go_on(pid)` refuses."""
    pid = backend_pid(ddl)
    with ThreadPoolExecutor(1, thread_name_prefix="celeriac-ddl") as pool:
        running = pool.submit(_execute, ddl, statement)
        try:
            stopped = _watch(running, watch, pid, poll_s, may_go_on, report)
        except BaseException:
            # A soft time limit, Ctrl-C, a broken watcher: what nobody watches must not run on.
            _cancel_from_outside(ddl, running)
            raise
        return Ran(error=running.result(), stopped=stopped)


def waiters(watch: Connection, pid: int) -> tuple[int, ...]:
    """Return the processes that wait for a lock that `pid` holds or waits for before them."""
    return tuple(watch.execute(load(__file__, "waiters"), {"pid": pid}).scalars())


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
    may_go_on: Callable[[int], Outcome],
    report: Callable[[Progress], None] | None,
) -> Refused | None:
    stopped: Refused | None = None
    while not _done(running, poll_s):
        if stopped is None:
            outcome = may_go_on(pid)
            stopped = outcome if isinstance(outcome, Refused) else None
        if stopped is not None:
            watch.execute(_CANCEL, {"pid": pid})  # again at each poll: the first may have come between statements
            continue
        if report is None:
            continue
        row = watch.execute(load(__file__, "progress"), {"pid": pid}).first()
        if row is not None:
            report(Progress(row.phase, round(row.percent, 1), row.waits_for))
    return stopped


def _done(running: "Future[DBAPIError | None]", poll_s: float) -> bool:
    wait([running], timeout=poll_s)
    return running.done()


def _cancel_from_outside(ddl: Connection, running: "Future[DBAPIError | None]") -> None:
    driver = ddl.connection.driver_connection
    while driver is not None and not running.done():
        driver.cancel()  # opens a connection of its own, so it works when the watcher's is gone
        wait([running], timeout=0.2)
