"""The connections that a run is made with, and the lock that keeps every other run on the target out."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from celeriac.locks import try_advisory_lock
from celeriac.maintenance.policy import Limits, MaintenancePolicy
from celeriac.sql import server_version, sign

_GET = text(sign("setting", "SELECT current_setting(:name)"))
_SET = text(sign("set", "SELECT set_config(:name, :value, false)"))
_DIES_ALONE = 140_000


@dataclass(frozen=True, slots=True)
class Sessions:
    """Two autocommit connections to the target, and a way to open a ledger transaction."""

    work: Connection
    watch: Connection
    ledger: Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class Told:
    """What a run is told."""

    policy: MaintenancePolicy
    limits: Limits


@contextmanager
def alone(sessions: Sessions, target: str) -> Iterator[bool]:
    """Hold the target's lock on the session that runs the statement; False where another session has it.

    The server frees it when that session ends, however it ends: a free lock means that nothing of ours runs.
    """
    with try_advisory_lock(sessions.work, "maintenance", target) as held:
        yield held


@contextmanager
def bounded(work: Connection, policy: MaintenancePolicy) -> Iterator[None]:
    """Run the block as gently as autovacuum does, within its time, and give the connection back as it was."""
    values = {
        "lock_timeout": f"{policy.lock_timeout_ms}ms",
        "statement_timeout": f"{policy.max_duration.total_seconds():.0f}s",
        "vacuum_cost_delay": f"{policy.cost_delay_ms}ms",
        "vacuum_cost_limit": str(policy.cost_limit),
        "maintenance_work_mem": policy.maintenance_work_mem,
    }
    if server_version(work) >= _DIES_ALONE:
        values["client_connection_check_interval"] = "5s"  # what nobody watches any more must not run on
    before: dict[str, str] = {name: work.execute(_GET, {"name": name}).scalar_one() for name in values}
    _set(work, values)
    try:
        yield
    finally:
        _restore(work, before)


def _restore(work: Connection, values: Mapping[str, str]) -> None:
    if work.closed or work.invalidated:
        return
    try:
        _set(work, values)
    except DBAPIError:  # a session that cannot be put right must not serve anyone else
        work.invalidate()


def _set(work: Connection, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        work.execute(_SET, {"name": name, "value": value})
