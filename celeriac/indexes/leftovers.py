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
    """Drop an index that carries our mark, under lock_timeout; the caller holds the locks.

    Raises ValueError for an index without our mark.
    """
    return drop_named(sessions, index.schema_name, index.name, policy, concurrently=not index.partitioned)


def drop_named(
    sessions: Sessions, schema: str, name: str, policy: BuildPolicy, *, concurrently: bool = True
) -> Outcome:
    """Drop an index by its name; one of a partitioned table cannot be dropped concurrently.

    Its drop takes all partitions' parts with it and locks every one of them, but only for an instant: whoever comes to
    wait behind it ends the try.
    """
    if ddl.owner_of(name) is None:
        raise ValueError(f"{name} is not an index of ours")
    statement = sign("drop", ddl.drop(schema, name, concurrently=concurrently))
    reason = ""
    for _ in range(TRIES):
        reason = attempt(sessions, statement, policy)
        if catalog_state.observe(sessions.watch, schema, name) is None:
            return Clear()
        if sessions.ddl.invalidated:
            break
    return Refused("drop", reason or "it is still there after the drop")


def attempt(sessions: Sessions, statement: str, policy: BuildPolicy) -> str:
    """Run one DROP under its limits; returns what went wrong, empty where nothing did."""
    limits = {"lock_timeout": f"{policy.lock_timeout_ms}ms", "statement_timeout": f"{policy.min_build_timeout_s:.0f}s"}
    with settings(sessions.ddl, **limits):
        ran = watched.run(
            statement,
            ddl=sessions.ddl,
            watch=sessions.watch,
            poll_s=policy.poll_s,
            may_go_on=lambda pid: nobody_waits(sessions, pid),
        )
    return _sentence(ran.error, ran.stopped)


def nobody_waits(sessions: Sessions, pid: int) -> Outcome:
    """Refuse to go on once somebody waits behind a drop, or another brief lock, of ours."""
    behind = watched.waiters(sessions.watch, pid)
    return Refused("waiters", f"process {behind[0]} waits behind our lock") if behind else Clear()


def _sentence(error: DBAPIError | None, stopped: Refused | None) -> str:
    if stopped is not None:
        return stopped.reason
    return "" if error is None else sqlstate.sentence(error)
