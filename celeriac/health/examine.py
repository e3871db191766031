"""Run the checks: each within its time, none able to stop the others."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from celeriac import sql
from celeriac.health import checks
from celeriac.health.checks import CHECKS, Check
from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy

_SEES_OTHERS = text(sql.sign("health", "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')"))
GRANT = "GRANT pg_read_all_stats TO CURRENT_USER;"


def examine(connection: Connection, policy: HealthPolicy, chosen: Sequence[Check] = CHECKS) -> tuple[Finding, ...]:
    """Return what each check found, and one ok or skipped for each that found nothing.

    A lost connection is raised: it says nothing about the health of what it led to.
    """
    sees_others = bool(connection.scalar(_SEES_OTHERS))
    return tuple(finding for check in chosen for finding in _run(check, connection, policy, sees_others=sees_others))


def _run(check: Check, connection: Connection, policy: HealthPolicy, *, sees_others: bool) -> Iterator[Finding]:
    if check.sees_others and not sees_others:
        yield _skipped(check, "it needs the role pg_read_all_stats to see other sessions", GRANT)
        return
    try:
        found = _read(check, connection, policy)
    except Exception as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        yield _skipped(check, reason or type(error).__name__)
        return
    yield from found or (Finding(check.name, "ok", "", check.well),)


def _read(check: Check, connection: Connection, policy: HealthPolicy) -> tuple[Finding, ...]:
    query = sql.load(checks.__file__, check.name, sql.server_version(connection))
    with sql.bounded(connection, policy.check_timeout_ms):
        rows = tuple(check.row(**row) for row in connection.execute(query).mappings())
    return tuple(check.judge(rows, policy))


def _skipped(check: Check, reason: str, cure: str | None = None) -> Finding:
    return Finding(check.name, "skipped", "", f"Not looked at: {reason}.", cure=cure)
