"""Which server errors another attempt may mend, and which it cannot; and the server's own sentence, without the text.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from sqlalchemy.exc import DBAPIError

LOCK_NOT_AVAILABLE = "55P03"
INTERNAL = "XX000"
_BROKEN = "08006"
_TRANSIENT_CLASSES = ("08", "40", "53", "55", "57")
"""Connection, rollback (deadlock), resources, object in use, operator intervention."""


def reported(error: DBAPIError) -> str:
    """Return the SQLSTATE that the server reported; empty where it could not."""
    return getattr(error.orig, "pgcode", None) or ""


def code(error: DBAPIError) -> str:
    """Return the SQLSTATE; 08006 where the connection broke before the server could say one."""
    return reported(error) or _BROKEN


def sentence(error: DBAPIError) -> str:
    """Return the server's first line: it names objects, never parameter values of a DDL statement."""
    diagnosis = getattr(error.orig, "diag", None)
    words: str = getattr(diagnosis, "message_primary", None) or str(error.orig).strip().partition("\n")[0]
    return words.strip() or "the connection to the server broke"


def is_transient(error: DBAPIError) -> bool:
    """Tell whether the same statement may succeed later without anyone changing it."""
    return error.connection_invalidated or code(error).startswith(_TRANSIENT_CLASSES)
