"""A connection lent for planning: every transaction READ ONLY and one statement long, given back as it was.

A transaction that stayed open would keep a lock on every table it planned with, and a migration that waits for such a
lock makes everyone else wait behind it.
"""

import re
from types import TracebackType
from typing import Any, Self

import psycopg2
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from celeriac import sql

_QUOTED_VALUE = re.compile(r': "[^"]*"')


class PlanningSession:
    """Sends signed statements and returns their rows."""

    def __init__(self, connection: Connection, statement_timeout_ms: int) -> None:
        self._connection = connection
        self._timeout_ms = statement_timeout_ms
        self._found = (None, False)

    def __enter__(self) -> Self:
        self._connection.rollback()
        self._found = (self._driver.readonly, self._driver.autocommit)
        self._driver.set_session(readonly=True, autocommit=True)
        self.run(
            f"SET statement_timeout = {self._timeout_ms}",
            f"SET lock_timeout = {self._timeout_ms}",
            "SET plan_cache_mode = force_custom_plan",
            "SET standard_conforming_strings = on",
            "SET client_min_messages = error",
        )
        # Each EXPLAIN has a text of its own and would push the application's out of pg_stat_statements; only a
        # superuser, or whom he granted SET on the parameter, can spare it that.
        self.attempt("SET pg_stat_statements.track_utility = off")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.closed:
            return
        self.run(
            "RESET statement_timeout",
            "RESET lock_timeout",
            "RESET plan_cache_mode",
            "RESET standard_conforming_strings",
            "RESET client_min_messages",
        )
        self.attempt("RESET pg_stat_statements.track_utility")
        # set_session() would take None for "leave it".
        self._driver.readonly, self._driver.autocommit = self._found

    @property
    def closed(self) -> bool:
        """Whether the connection was lost."""
        return bool(self._driver.closed)

    def rows(self, name: str, text: str, *values: Any) -> list[Any]:
        """Run one signed statement and return its rows."""
        signed = sql.sign(name, text)
        with self._driver.cursor() as cursor:
            self._execute(cursor, signed, values or None)
            rows: list[Any] = cursor.fetchall()
            return rows

    def run(self, *texts: str) -> None:
        """Run signed statements that return nothing, in one round trip."""
        with self._driver.cursor() as cursor:
            self._execute(cursor, "; ".join(sql.sign("what_if", text) for text in texts), None)

    def attempt(self, text: str) -> bool:
        """Run what may be forbidden or missing, and say whether it could be."""
        try:
            self.run(text)
        except psycopg2.Error:
            return False
        return True

    def _execute(self, cursor: Any, text: str, values: tuple[Any, ...] | None) -> None:
        """Run a text; a lost connection is raised as SQLAlchemy's error, since none of ours can be of use then."""
        try:
            cursor.execute(text, values)
        except psycopg2.Error as failure:
            if not self.closed:
                raise
            raise OperationalError(text, None, failure, connection_invalidated=True) from failure

    @property
    def _driver(self) -> Any:
        driver = self._connection.connection.driver_connection
        assert driver is not None
        return driver


def sentence(failure: psycopg2.Error) -> str:
    """Return the server's message as one line without the values it quotes: they may be somebody's data."""
    message = failure.diag.message_primary or str(failure).strip().split("\n")[0]
    return _QUOTED_VALUE.sub("", message)
