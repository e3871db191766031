"""What PostgreSQL's refusals mean for an operator, as typed sentences that say what to do.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

import re

from sqlalchemy.exc import DBAPIError

from celeriac.errors import CeleriacError


class TargetAway(CeleriacError):
    """Target {target!r} cannot be reached ({detail}); its tasks try again by themselves."""


class TargetRefused(CeleriacError):
    """Target {target!r} refuses the connection ({detail}); check the user, password, database and pg_hba.conf."""


class TargetIsStandby(CeleriacError):
    """Target {target!r} is read-only; give the primary's URL, or a state_url that can be written."""


class PrivilegeMissing(CeleriacError):
    """The role of target {target!r} may not do this ({detail}); `celeriac doctor` names the grant that is missing."""


class ExtensionMissing(CeleriacError):
    """Target {target!r} lacks what is asked for ({detail}); `celeriac doctor` names the command that installs it."""


class LedgerMissing(CeleriacError):
    """Target {target!r} has no ledger, or an old one ({detail}); run `celeriac migrate` on its state database."""


_REFUSALS = re.compile(
    r"password authentication failed|no pg_hba\.conf entry|no password supplied|authentication failed"
    r"|(?:role|user|database) \"[^\"]*\" does not exist|is not permitted to log in|permission denied for database"
    r"|could not translate host name|could not connect to server: No such file|invalid (?:dsn|connection option)"
)
_AWAY_CODES = {"57P01", "57P02", "57P03", "53300"}
_SECRET = re.compile(r"(password=|://[^:/@\s]+:)[^@\s]+")


def explain(error: DBAPIError, target: str, *, writes: bool = True) -> CeleriacError | None:
    """Return the typed sentence for a driver's error, None where the error is no business of the operator's set-up.

    Without `writes` the transaction is read-only by our own wish: that it refuses to write tells nothing of the server.
    """
    detail = _detail(error)
    code: str = getattr(error.orig, "pgcode", None) or ""
    if code == "25006" and writes:
        return TargetIsStandby(target=target)
    if code == "42501":
        return PrivilegeMissing(target=target, detail=detail)
    if code in {"42P01", "3F000", "42703"} and "celeriac." in detail:
        return LedgerMissing(target=target, detail=detail)
    if code in {"58P01", "0A000"} and "extension" in detail:
        return ExtensionMissing(target=target, detail=detail)
    if code == "55000" and "must be loaded via" in detail:
        return ExtensionMissing(target=target, detail=detail)
    if code in {"42P01", "42883"} and re.search(r"pg_stat_statements|hypopg|pg_prewarm|pg_buffercache", detail):
        return ExtensionMissing(target=target, detail=detail)
    if not code and _REFUSALS.search(detail):
        return TargetRefused(target=target, detail=detail)
    if is_connection_loss(error):
        return TargetAway(target=target, detail=detail)
    return None


def is_connection_loss(error: DBAPIError) -> bool:
    """Say whether the connection, not the statement, is what failed."""
    code: str = getattr(error.orig, "pgcode", None) or ""
    unreached = not code and type(error.orig).__name__ in {"OperationalError", "InterfaceError"}
    return error.connection_invalidated or unreached or code.startswith("08") or code in _AWAY_CODES


def _detail(error: DBAPIError) -> str:
    lines = [line.strip() for line in str(error.orig).splitlines() if line.strip()]
    # libpq's first line may end where the server's own words begin in a second one.
    first = lines[0] if lines else type(error.orig).__name__
    if first.endswith(":") and len(lines) > 1:
        first = f"{first} {lines[1]}"
    return _SECRET.sub(r"\1***", first).rstrip(".")
