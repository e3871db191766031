"""Whether a contrib extension can be used here; where it cannot, one line in the log says what to do."""

import logging
from functools import cache

from sqlalchemy import Connection

from celeriac import sql
from celeriac.buffers.outcome import Unavailable

logger = logging.getLogger(__name__)


def missing(connection: Connection, feature: str, extension: str, routine: str) -> Unavailable | None:
    """Return why `extension` cannot be used by this role, None where it can; `routine` is what would be called."""
    row = connection.execute(sql.load(__file__, "extension"), {"extension": extension, "routine": routine}).one()
    found = _judge(feature, extension, row.schema, row.allowed, row.role, row.database)
    if found is not None:
        _log_once(str(found), row.database)
    return found


def denied(connection: Connection, feature: str, extension: str) -> Unavailable:
    """Return the refusal for a role that the server turned away in mid-call."""
    role, database = connection.execute(sql.load(__file__, "whoami")).one()
    found = _not_permitted(feature, extension, role)
    _log_once(str(found), database)
    return found


def _judge(
    feature: str, extension: str, schema: str | None, allowed: bool | None, role: str, database: str
) -> Unavailable | None:
    if schema is None:
        cure = f"run CREATE EXTENSION {extension} as a superuser in database {database}"
        return Unavailable(feature, f"extension {extension} is not installed", cure)
    if allowed is None:
        reason = f"extension {extension} lies in schema {schema}, outside the search path"
        return Unavailable(feature, reason, f"add {schema} to the search_path of role {role}")
    if not allowed:
        return _not_permitted(feature, extension, role)
    return None


def _not_permitted(feature: str, extension: str, role: str) -> Unavailable:
    return Unavailable(feature, f"role {role} may not use {extension}", f"run GRANT pg_monitor TO {role}")


@cache
def _log_once(sentence: str, database: str) -> None:
    logger.warning("database %s: %s", database, sentence)
