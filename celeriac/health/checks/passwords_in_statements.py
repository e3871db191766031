"""Passwords that anyone who may read statistics can read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from celeriac.health.finding import Finding
from celeriac.health.known import Known
from celeriac.health.measured import statements_query
from celeriac.health.policy import HealthPolicy
from celeriac.health.reading import rows_in


@dataclass(frozen=True, slots=True)
class Row:
    """A remembered statement that sets a password; its text is not read out."""

    role: str
    queryid: int
    logged: bool


def read(connection: Connection, policy: HealthPolicy, known: Known) -> Iterator[Row]:  # noqa: ARG001 - one signature
    """Read the extension, wherever it is installed."""
    yield from rows_in(statements_query(connection, __file__, "passwords_in_statements"), Row, connection, policy)


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each, without the password."""
    for row in rows:
        yield Finding(
            "passwords_in_statements",
            "critical",
            f"statement {row.queryid}",
            f"pg_stat_statements holds a statement of {row.role} with a password in clear text"
            + (", and log_statement writes such ones to the log." if row.logged else "."),
            cure=f"SELECT pg_stat_statements_reset(queryid => {row.queryid}); -- and set a new one by \\password in"
            " psql",
        )
