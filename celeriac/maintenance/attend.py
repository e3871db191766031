"""Run one statement while a second connection watches it and can end it at any moment.

ANALYZE, VACUUM and ALTER TABLE … SET take SHARE UPDATE EXCLUSIVE: reads and writes go on, but a migration can come to
wait behind it, and behind that everyone. So whoever waits ends the run.
https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from celeriac.maintenance.outcome import Outcome, Refused
from celeriac.sql import execute, load, sign

_PID = text(sign("pid", "SELECT pg_backend_pid()"))
_CANCEL = text(sign("cancel", "SELECT pg_cancel_backend(:pid)"))
_LOCK_NOT_AVAILABLE = "55P03"
_TRANSIENT = ("08", "40", "53", "55", "57")
"""Connection, rollback (deadlock), resources, object in use, operator intervention."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What the client saw; the catalog says what came of it."""

    error: DBAPIError | None = None
    stopped: Refused | None = None
    """Why we cancelled it."""
    lost: bool = False
    """Nobody saw: its worker died."""

    @property
    def is_transient(self) -> bool:
        """Whether another attempt may do better."""
        return self.error is None or self.error.connection_invalidated or _code(self.error).startswith(_TRANSIENT)

    @property
    def sentence(self) -> str:
        """Why nothing came of it; names objects, never values."""
        if self.stopped is not None:
            return f"stopped: {self.stopped.reason}"
        if self.lost:
            return "its worker died before it came to its end"
        if self.error is None:
            return "the server reported success, but the catalog does not show it"
        if _code(self.error) == _LOCK_NOT_AVAILABLE:
            return "a lock could not be had within lock_timeout: a long transaction or other DDL holds the table"
        diagnosis = getattr(self.error.orig, "diag", None)
        words: str = getattr(diagnosis, "message_primary", None) or "the connection to the server broke"
        return words


def backend_pid(session: Connection) -> int:
    """Return the server's process id of a session."""
    pid: int = session.execute(_PID).scalar_one()
    return pid


def run(
    statement: str,
    *,
    work: Connection,
    watch: Connection,
    poll_s: float,
    may_go_on: Callable[[int], Outcome],
    report: Callable[[int], None] | None = None,
) -> Ran:
    """Run `statement` on `work`; between polls call `report(pid)`, and cancel once `may_go_on(pid)` refuses."""
    pid = backend_pid(work)
    with ThreadPoolExecutor(1, thread_name_prefix="celeriac-maintenance") as pool:
        running = pool.submit(_execute, work, statement)
        try:
            stopped = _watch(running, watch, pid, poll_s, may_go_on, report)
        except BaseException:
            # A soft time limit, Ctrl-C, a broken watcher: what nobody watches must not run on.
            _cancel_from_outside(work, running)
            raise
        return Ran(error=running.result(), stopped=stopped)


def waiters(watch: Connection, pid: int) -> tuple[int, ...]:
    """Return the processes that wait for a lock that `pid` holds or waits for before them."""
    return tuple(watch.execute(load(__file__, "waiters"), {"pid": pid}).scalars())


def _execute(work: Connection, statement: str) -> DBAPIError | None:
    try:
        execute(work, statement)
    except DBAPIError as error:
        return error
    return None


def _watch(
    running: "Future[DBAPIError | None]",
    watch: Connection,
    pid: int,
    poll_s: float,
    may_go_on: Callable[[int], Outcome],
    report: Callable[[int], None] | None,
) -> Refused | None:
    stopped: Refused | None = None
    while not _done(running, poll_s):
        if stopped is None:
            outcome = may_go_on(pid)
            stopped = outcome if isinstance(outcome, Refused) else None
        if stopped is not None:
            watch.execute(_CANCEL, {"pid": pid})  # again at each poll: the first may have come between statements
        elif report is not None:
            report(pid)
    return stopped


def _done(running: "Future[DBAPIError | None]", poll_s: float) -> bool:
    wait([running], timeout=poll_s)
    return running.done()


def _cancel_from_outside(work: Connection, running: "Future[DBAPIError | None]") -> None:
    driver = work.connection.driver_connection
    while driver is not None and not running.done():
        driver.cancel()  # opens a connection of its own, so it works when the watcher's is gone
        wait([running], timeout=0.2)


def _code(error: DBAPIError) -> str:
    return getattr(error.orig, "pgcode", None) or "08006"
