"""What the driver's errors mean for the person at the terminal, as sentences that say what to do.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

import re

from sqlalchemy.exc import DBAPIError

from celeriac.errors import CeleriacError

_SECRET = re.compile(r"(password=|://[^:/@\s]*:)[^@\s]+")
_REFUSED = re.compile(r"authentication failed|pg_hba\.conf|no password supplied|does not exist|not permitted to log in")


class UrlMissing(CeleriacError):
    """No database is named: give its URL, or set {variables}."""


class UrlWrong(CeleriacError):
    """That is no PostgreSQL URL ({reason}); write postgresql://user@host:5432/database."""


class DatabaseAway(CeleriacError):
    """The database cannot be reached ({detail}); check host and port, and whether PostgreSQL runs there."""


class DatabaseRefused(CeleriacError):
    """The database refuses the connection ({detail}); check user, password, database name and pg_hba.conf."""


class DatabaseReadOnly(CeleriacError):
    """The database is read-only, as a standby is; give the primary's URL, or a --state-url that can be written."""


class NotPermitted(CeleriacError):
    """The role may not do this ({detail}); `celeriac doctor` names the grant that is missing."""


class LedgerMissing(CeleriacError):
    """There is no ledger in this database, or an old one ({detail}); run `celeriac migrate` with the same URL."""


class StatementFailed(CeleriacError):
    """PostgreSQL refused a statement: {detail}."""


def explain(error: DBAPIError) -> CeleriacError:
    """Return the sentence for a driver's error."""
    detail = _detail(error)
    code: str = getattr(error.orig, "pgcode", None) or ""
    if code == "25006":
        return DatabaseReadOnly()
    if code == "42501":
        return NotPermitted(detail=detail)
    if code in {"42P01", "3F000", "42703"} and "celeriac" in detail:
        return LedgerMissing(detail=detail)
    if detail.startswith("invalid dsn: "):
        return UrlWrong(reason=detail.removeprefix("invalid dsn: "))
    if not code and type(error.orig).__name__ in {"OperationalError", "InterfaceError"}:
        return (DatabaseRefused if _REFUSED.search(detail) else DatabaseAway)(detail=detail)
    if code.startswith(("08", "57P")) or code == "53300":
        return DatabaseAway(detail=detail)
    return StatementFailed(detail=detail)


def without_secrets(text: str) -> str:
    """Mask what stands where URLs and connection strings have passwords.

    >>> without_secrets("postgresql://app:hush@db/shop")
    'postgresql://app:***@db/shop'
    """
    return _SECRET.sub(r"\1***", text)


def _detail(error: DBAPIError) -> str:
    lines = [line.strip() for line in str(error.orig).splitlines() if line.strip()]
    first = lines[0] if lines else type(error.orig).__name__
    if first.endswith(":") and len(lines) > 1:
        first = f"{first} {lines[1]}"
    return without_secrets(first).rstrip(".")
