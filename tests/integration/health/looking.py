"""How the tests plant a fault on a real server, and what a check then says."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import TypeVar

from sqlalchemy import Connection, Engine, text

from celeriac.health.checks import CHECKS
from celeriac.health.examine import examine
from celeriac.health.finding import Finding
from celeriac.health.known import NOTHING, Known
from celeriac.health.policy import HealthPolicy

BY_NAME = {check.name: check for check in CHECKS}
AT_ONCE = HealthPolicy(idle_in_transaction_s=0, long_query_s=0, blocked_s=0)

Got = TypeVar("Got")


def look(
    server: Engine, check: str, policy: HealthPolicy = AT_ONCE, known: Known = NOTHING, first: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """Examine in a session that runs the statements of `first` before; all is rolled back."""
    with server.connect() as connection:
        for statement in first:
            connection.execute(text(statement))
        return examine(connection, policy, [BY_NAME[check]], known)


def bad(
    server: Engine, check: str, policy: HealthPolicy = AT_ONCE, known: Known = NOTHING, first: Sequence[str] = ()
) -> tuple[Finding, ...]:
    found = look(server, check, policy, known, first)
    assert not [one.sentence for one in found if one.severity == "skipped"]
    return tuple(finding for finding in found if finding.severity in ("warning", "critical"))


def the_fault(
    server: Engine, check: str, policy: HealthPolicy = AT_ONCE, known: Known = NOTHING, first: Sequence[str] = ()
) -> Finding:
    (finding,) = bad(server, check, policy, known, first)
    return finding


def skipped(
    server: Engine, check: str, policy: HealthPolicy = AT_ONCE, known: Known = NOTHING, first: Sequence[str] = ()
) -> str:
    (finding,) = look(server, check, policy, known, first)
    assert finding.severity == "skipped"
    return finding.sentence


def plant(server: Engine, statements: str) -> None:
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.cursor().execute(statements)  # as it stands: nothing in it is a parameter


def value(server: Engine, statement: str) -> object:
    with server.connect() as connection:
        return connection.scalar(text(statement))


def until(found: Callable[[], Got]) -> Got:
    ends = time.monotonic() + 10
    while not (got := found()) and time.monotonic() < ends:
        time.sleep(0.02)
    return got


def version(server: Engine) -> int:
    """The server's major version."""
    return int(str(value(server, "SHOW server_version_num"))) // 10_000


@contextmanager
def waiting(server: Engine, statement: str) -> Iterator[None]:
    """Run a statement that waits, in a thread, until the block ends."""

    def wait(connection: Connection) -> None:
        connection.execute(text(statement))

    with server.connect() as connection:
        thread = Thread(target=wait, args=(connection,))
        thread.start()
        yield
        thread.join(10)


def count_now(server: Engine) -> None:
    """Let the counters be seen: a session of before 15 sends them at most twice a second."""
    plant(server, "SELECT pg_stat_clear_snapshot()")
    if version(server) >= 15:
        plant(server, "SELECT pg_stat_force_next_flush()")
    else:
        time.sleep(1)
