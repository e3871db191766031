"""Take away an index of ours without blocking anyone; what the catalog then shows is what came of it.

An invalid index that is ready is still kept up by every write (measured: 1.4 to 2.8 MB under inserts): forgotten, it is
pure cost. A concurrent drop that times out leaves (invalid, ready, live), invisible to plans; dropping again finishes
it. https://www.postgresql.org/docs/current/sql-dropindex.html
"""

from sqlalchemy.exc import DBAPIError

from celeriac.indexes import catalog_state, ddl, sqlstate, watched
from celeriac.indexes.catalog_state import IndexState
from celeriac.indexes.outcome import Clear, Outcome, Refused
from celeriac.indexes.policy import BuildPolicy
from celeriac.indexes.sessions import Sessions, settings
from celeriac.sql import sign

TRIES = 3
"""Each waits for lock_timeout at most; what then still stands in the way will be there at the next round as well."""


def drop(sessions: Sessions, index: IndexState, policy: BuildPolicy) -> Outcome:
    """Drop an index that carries our mark, concurrently, under lock_timeout; the caller holds the locks.

    Raises ValueError for an index without our mark.
    """
    if ddl.owner_of(index.name) is None:
        raise ValueError(f"{index.name} is not an index of ours")
    statement = sign("drop", ddl.drop(index.schema_name, index.name))
    reason = ""
    for _ in range(TRIES):
        reason = _try(sessions, statement, policy)
        if catalog_state.observe(sessions.watch, index.schema_name, index.name) is None:
            return Clear()
        if sessions.ddl.invalidated:
            break
    return Refused("drop", reason or "it is still there after the drop")


def _try(sessions: Sessions, statement: str, policy: BuildPolicy) -> str:
    limits = {"lock_timeout": f"{policy.lock_timeout_ms}ms", "statement_timeout": f"{policy.min_build_timeout_s:.0f}s"}
    with settings(sessions.ddl, **limits):
        ran = watched.run(
            statement,
            ddl=sessions.ddl,
            watch=sessions.watch,
            poll_s=policy.poll_s,
            may_go_on=lambda pid: _nobody_waits(sessions, pid),
        )
    return _sentence(ran.error, ran.stopped)


def _nobody_waits(sessions: Sessions, pid: int) -> Outcome:
    behind = watched.waiters(sessions.watch, pid)
    return Refused("waiters", f"process {behind[0]} waits because of the drop") if behind else Clear()


def _sentence(error: DBAPIError | None, stopped: Refused | None) -> str:
    if stopped is not None:
        return stopped.reason
    return "" if error is None else sqlstate.sentence(error)
