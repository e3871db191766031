"""Passwords kept by a hash that is broken."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from celeriac import sql
from celeriac.health.finding import Finding
from celeriac.health.known import Known
from celeriac.health.policy import HealthPolicy
from celeriac.health.reading import rows_of

_MAY_READ = text(sql.sign("password_encryption", "SELECT has_table_privilege('pg_authid', 'SELECT')"))


@dataclass(frozen=True, slots=True)
class Row:
    """The setting (without a role), or a role whose password is so hashed."""

    role: str | None


def read(connection: Connection, policy: HealthPolicy, known: Known) -> Iterator[Row]:  # noqa: ARG001 - one signature
    """Read the setting, and the kind of the hashes where the role may see it."""
    yield from rows_of(__file__, "password_encryption", Row, connection, policy)
    if connection.scalar(_MAY_READ):
        yield from rows_of(__file__, "md5_roles", Row, connection, policy)


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each: who reads an MD5 hash can log in with it."""
    for row in rows:
        if row.role is None:
            sentence = (
                "password_encryption is md5: who reads a hash can log in with it, and PostgreSQL is giving it up."
            )
            cure = "ALTER SYSTEM SET password_encryption = 'scram-sha-256'; SELECT pg_reload_conf();"
        else:
            sentence = f"The password of {row.role} is kept as MD5: who reads the hash can log in with it."
            cure = f"-- Set it anew, after password_encryption: \\password {row.role} in psql."
        yield Finding("password_encryption", "warning", row.role or "server", sentence, cure=cure)
