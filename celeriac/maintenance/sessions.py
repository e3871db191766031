"""What a run is told and bound by, and the lock that keeps every other run on the target out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from celeriac.locks import try_advisory_lock
from celeriac.maintenance.policy import Limits, MaintenancePolicy
from celeriac.sql import server_version
from celeriac.supervision.sessions import Sessions, settings

_DIES_ALONE = 140_000


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
    with try_advisory_lock(sessions.ddl, "maintenance", target) as held:
        yield held


@contextmanager
def bounded(session: Connection, policy: MaintenancePolicy) -> Iterator[None]:
    """Run the block as gently as autovacuum does, within its time, and give the connection back as it was."""
    values = {
        "lock_timeout": f"{policy.lock_timeout_ms}ms",
        "statement_timeout": f"{policy.max_duration.total_seconds():.0f}s",
        "vacuum_cost_delay": f"{policy.cost_delay_ms}ms",
        "vacuum_cost_limit": str(policy.cost_limit),
        "maintenance_work_mem": policy.maintenance_work_mem,
    }
    if server_version(session) >= _DIES_ALONE:
        values["client_connection_check_interval"] = "5s"  # what nobody watches any more must not run on
    with settings(session, **values):
        yield
