"""Ask the server for the types of a statement's parameters, by PREPARE alone: nothing is planned, nothing executes.

https://www.postgresql.org/docs/current/sql-prepare.html
"""

import re
import secrets
from dataclasses import dataclass
from itertools import count

from psycopg2 import Error
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from celeriac import sql
from celeriac.statements.catalog.roles import SEARCH_PATH, Settings
from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.parameters.casts import Complaint, with_cast
from celeriac.statements.parsed import NotUnderstood, ParsedStatement

_TIMEOUT_MS = 2_000
_LOCK_TIMEOUT_MS = 500
"""PREPARE reads a table's definition: behind an ALTER TABLE that waits it would hold up nobody but us."""
_SESSION = secrets.token_hex(4)
_NUMBERS = count(1)
_NAMES_ONLY = frozenset({"0A000", "3F000", "42501", "42703", "42704", "42725", "42803", "42804", "42883", "42P01"})
_NAMES_ONLY_TOO = frozenset({"42P08", "42P10", "42P18", "42702", "42P09"})
"""Errors whose message can name tables, columns, functions and types, but no value."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text that the server prepares, and the types of its parameters as `regtype` writes them."""

    text: str
    types: tuple[str, ...]


def prepare(
    connection: Connection, parsed: ParsedStatement, catalog: Catalog, settings: Settings = ()
) -> Prepared | NotUnderstood:
    """Return the parameters' exact types; where the server cannot tell one, cast it as its place suggests and retry.

    Leaves the transaction as it was: whatever is set or locked is undone by a savepoint.
    """
    text = parsed.text
    complaint = Complaint("", "", None)
    for _ in range(parsed.parameters + 2):
        types = _attempt(connection, text, settings)
        if not isinstance(types, Complaint):
            return Prepared(text, types)
        complaint = types
        better = with_cast(text, complaint, parsed, catalog)
        if better is None:
            break
        text = better
    return NotUnderstood(parsed.text, _reason(complaint))


def _attempt(connection: Connection, text: str, settings: Settings) -> tuple[str, ...] | Complaint:
    name = f"celeriac_{_SESSION}_{next(_NUMBERS)}"
    head = sql.sign("prepare", f"PREPARE {name} AS ")
    with connection.begin_nested() as savepoint:
        _run(
            connection,
            "SET LOCAL transaction_read_only = on; SET LOCAL standard_conforming_strings = on; "
            f"SET LOCAL statement_timeout = {_TIMEOUT_MS}; SET LOCAL lock_timeout = {_LOCK_TIMEOUT_MS}",
        )
        for path in (value for name, value in settings if name == SEARCH_PATH):
            connection.execute(sql.load(__file__, "search_path"), {"path": path})
        try:
            _run(connection, head + text)
        except DBAPIError as error:
            if connection.invalidated or not isinstance(error.orig, Error):
                raise
            savepoint.rollback()
            return _complaint(error.orig, len(head))
        query = sql.load(__file__, "parameter_types")
        types: list[str] | None = connection.execute(query, {"name": name}).scalar()
        _run(connection, f"DEALLOCATE {name}")
        savepoint.rollback()
    return tuple(types or ())


def _run(connection: Connection, statement: str) -> None:
    """Send a text as it is: a per cent sign in it is no placeholder."""
    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def _complaint(error: Error, head: int) -> Complaint:
    place = error.diag.statement_position
    position = int(place) - 1 - head if place else None
    return Complaint(error.pgcode or "", error.diag.message_primary or "", position)


def _reason(complaint: Complaint) -> str:
    """Say why in the server's words, less anything that could be a value from the text."""
    message = complaint.message
    if complaint.code not in _NAMES_ONLY | _NAMES_ONLY_TOO:
        message = re.sub(r"\"[^\"]*\"|'[^']*'", "…", message.split(":")[0])
    return f"{message} (SQLSTATE {complaint.code})"
