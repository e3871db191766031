"""Run the checks: each within its time, none able to stop the others."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from celeriac import sql
from celeriac.health import checks
from celeriac.health.checks import CHECKS, Check
from celeriac.health.finding import Finding
from celeriac.health.known import NOTHING, Known
from celeriac.health.policy import HealthPolicy
from celeriac.health.reading import rows_of

_ROLE = text(
    sql.sign(
        "health",
        "SELECT quote_ident(current_user) AS name,"
        " pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_others",
    )
)


def examine(
    connection: Connection, policy: HealthPolicy, chosen: Sequence[Check] = CHECKS, known: Known = NOTHING
) -> tuple[Finding, ...]:
    """Return what each check found, and one ok or skipped for each that found nothing.

    A lost connection is raised: it says nothing about the health of what it led to.
    """
    role = connection.execute(_ROLE).one()
    blind = None if role.sees_others else f"GRANT pg_read_all_stats TO {role.name};"
    return tuple(finding for check in chosen for finding in _run(check, connection, policy, known, blind))


def _run(
    check: Check, connection: Connection, policy: HealthPolicy, known: Known, blind: str | None
) -> Iterator[Finding]:
    """Yield what a check found; `blind` is what would let the role see others, None where it does."""
    if check.sees_others and blind is not None:
        yield _skipped(check, "it needs the role pg_read_all_stats to see other sessions", blind)
        return
    try:
        found = _read(check, connection, policy, known)
    except Exception as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        yield _skipped(check, reason.rstrip(".") or type(error).__name__)
        return
    yield from found or (Finding(check.name, "ok", "", check.well),)


def _read(check: Check, connection: Connection, policy: HealthPolicy, known: Known) -> tuple[Finding, ...]:
    with sql.bounded(connection, policy.check_timeout_ms):
        rows = (
            tuple(rows_of(checks.__file__, check.name, check.row, connection, policy))
            if check.read is None
            else tuple(check.read(connection, policy, known))
        )
    return tuple(check.judge(rows, policy))


def _skipped(check: Check, reason: str, cure: str | None = None) -> Finding:
    return Finding(check.name, "skipped", "", f"Not looked at: {reason}.", cure=cure)
