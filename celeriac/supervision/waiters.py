"""Cancelling precedes queueing: a statement may itself run beside reads and writes, but what waits behind its lock
makes everyone else wait behind that. https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
"""

from sqlalchemy import Connection

from celeriac.sql import load
from celeriac.supervision.outcome import Clear, Outcome, Refused


def read(watch: Connection, pid: int) -> tuple[int, ...]:
    """Return the processes that wait for a lock that `pid` holds or waits for before them."""
    return tuple(watch.execute(load(__file__, "waiters"), {"pid": pid}).scalars())


def check(watch: Connection, pid: int, *, most: int = 0) -> Outcome:
    """Refuse to go on once more than `most` processes wait because of `pid`."""
    behind = read(watch, pid)
    if len(behind) <= most:
        return Clear()
    return Refused("waiters", f"process {behind[0]} waits for a lock because of us")
