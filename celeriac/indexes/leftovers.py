"""Take away an index of ours without blocking anyone; what the catalog then shows is what came of it.

An invalid index that is ready is still kept up by every write (measured: 1.4 to 2.8 MB under inserts): forgotten, it is
pure cost. A concurrent drop that times out leaves (invalid, ready, live), invisible to plans; dropping again finishes
it. https://www.postgresql.org/docs/current/sql-dropindex.html
"""

from celeriac import sqlstate
from celeriac.indexes import catalog_state, ddl
from celeriac.indexes.catalog_state import IndexState
from celeriac.indexes.policy import BuildPolicy
from celeriac.sql import sign
from celeriac.supervision import watched
from celeriac.supervision.outcome import Clear, Outcome, Refused
from celeriac.supervision.sessions import Sessions, settings
from celeriac.supervision.watched import Asked, Ran

TRIES = 3
"""Each waits for lock_timeout at most; what then still stands in the way will be there at the next round as well."""


def drop(sessions: Sessions, index: IndexState, policy: BuildPolicy, may_go_on: Asked | None = None) -> Outcome:
    """Drop an index that carries our mark, under lock_timeout; the caller holds the locks.

    `may_go_on` is asked while it runs, beside whether anybody waits. Raises ValueError for an index without our mark.
    """
    return drop_named(
        sessions, index.schema_name, index.name, policy, concurrently=not index.partitioned, may_go_on=may_go_on
    )


def drop_named(
    sessions: Sessions,
    schema: str,
    name: str,
    policy: BuildPolicy,
    *,
    concurrently: bool = True,
    may_go_on: Asked | None = None,
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
        ran = run(sessions, statement, policy, may_go_on)
        reason = sentence(ran)
        if catalog_state.observe(sessions.watch, schema, name) is None:
            return Clear()
        if sessions.ddl.invalidated or (ran.stopped is not None and ran.stopped.guard == "paused"):
            break
    return Refused("drop", reason or "it is still there after the drop")


def attempt(sessions: Sessions, statement: str, policy: BuildPolicy) -> str:
    """Run one DROP under its limits; returns what went wrong, empty where nothing did."""
    return sentence(run(sessions, statement, policy))


def run(sessions: Sessions, statement: str, policy: BuildPolicy, may_go_on: Asked | None = None) -> Ran:
    """Run one DROP under its limits; whoever waits because of it ends it, or `may_go_on`."""
    limits = {"lock_timeout": f"{policy.lock_timeout_ms}ms", "statement_timeout": f"{policy.min_build_timeout_s:.0f}s"}
    with settings(sessions.ddl, **limits):
        asked = watched.unless_waited_for(sessions, may_go_on)
        return watched.run(sessions, statement, poll_s=policy.poll_s, may_go_on=asked)


def sentence(ran: Ran) -> str:
    """Say what went wrong, nothing where nothing did."""
    if ran.stopped is not None:
        return ran.stopped.reason
    return "" if ran.error is None else sqlstate.sentence(ran.error)
