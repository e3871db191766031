"""What PostgreSQL's refusals mean for whoever set it up; those who speak to him put it into their own sentences.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

import re
from typing import Literal

from sqlalchemy.exc import DBAPIError

from celeriac import sqlstate

Refusal = Literal["read-only", "privilege", "ledger", "extension", "malformed", "unresolved", "refused", "away"]
"""A server that cannot be written; a missing right, ledger or extension; an address that is none, or leads nowhere; a
server that does not let us in, or is not there now."""

_MALFORMED = re.compile(r"invalid (?:dsn|connection option)")
_UNRESOLVED = re.compile(r"could not translate host name|could not connect to server: No such file")
_REFUSED = re.compile(
    r"authentication failed|no pg_hba\.conf entry|no password supplied"
    r"|(?:role|user|database) \"[^\"]*\" does not exist|is not permitted to log in|permission denied for database"
)
_EXTENSION = re.compile(r"pg_stat_statements|hypopg|pg_prewarm|pg_buffercache")
_LEDGER = re.compile(r"\bceleriac[\".]")
_SECRET = re.compile(r"(password=|://[^:/@\s]*:)[^@\s]+")


def meaning(error: DBAPIError) -> Refusal | None:
    """Return what a driver's error says of the set-up; None where it is no business of it."""
    said, code = detail(error), sqlstate.reported(error)
    if code == "25006":
        return "read-only"
    if code == "42501":
        return "privilege"
    if code in {"42P01", "3F000", "42703"} and _LEDGER.search(said):
        return "ledger"
    if _lacks_extension(code, said):
        return "extension"
    if not code and (unfit := _of_the_connection(said)) is not None:
        return unfit
    return "away" if is_connection_loss(error) else None


def is_connection_loss(error: DBAPIError) -> bool:
    """Say whether the connection, not the statement, is what failed."""
    code = sqlstate.reported(error)
    unreached = not code and type(error.orig).__name__ in {"OperationalError", "InterfaceError"}
    return error.connection_invalidated or unreached or code.startswith(("08", "57P")) or code == "53300"


def detail(error: DBAPIError) -> str:
    """Return the driver's words as one line without secrets."""
    lines = [line.strip() for line in str(error.orig).splitlines() if line.strip()]
    # libpq's first line may end where the server's own words begin in a second one.
    first = lines[0] if lines else type(error.orig).__name__
    if first.endswith(":") and len(lines) > 1:
        first = f"{first} {lines[1]}"
    return without_secrets(first).rstrip(".")


def without_secrets(text: str) -> str:
    """Mask what stands where URLs and connection strings have passwords.

    >>> without_secrets("postgresql://app:hush@db/shop")
    'postgresql://app:***@db/shop'
    """
    return _SECRET.sub(r"\1***", text)


def _lacks_extension(code: str, said: str) -> bool:
    if code == "55000":
        return "must be loaded via" in said
    if code in {"58P01", "0A000"}:
        return "extension" in said
    return code in {"42P01", "42883"} and _EXTENSION.search(said) is not None


def _of_the_connection(said: str) -> Refusal | None:
    if _MALFORMED.search(said):
        return "malformed"
    if _UNRESOLVED.search(said):
        return "unresolved"
    return "refused" if _REFUSED.search(said) else None
