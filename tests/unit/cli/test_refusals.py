import pytest
from sqlalchemy.exc import DBAPIError

from celeriac.cli.refusals import (
    DatabaseAway,
    DatabaseReadOnly,
    DatabaseRefused,
    LedgerMissing,
    NotPermitted,
    StatementFailed,
    explain,
)


class OperationalError(Exception):
    """As psycopg2's: without a code where there is no connection."""

    pgcode: str | None = None


def driver_error(said: str, code: str | None = None) -> DBAPIError:
    original = OperationalError(said)
    original.pgcode = code
    return DBAPIError("SELECT 1", {}, original)


@pytest.mark.parametrize(
    ("said", "code", "kind"),
    [
        ("cannot execute CREATE SCHEMA in a read-only transaction", "25006", DatabaseReadOnly),
        ("permission denied for schema celeriac", "42501", NotPermitted),
        ('relation "celeriac.change" does not exist', "42P01", LedgerMissing),
        ('relation "jobs" does not exist', "42P01", StatementFailed),
        ("Connection refused", None, DatabaseAway),
        ('FATAL:  password authentication failed for user "app"', None, DatabaseRefused),
        ("FATAL:  no pg_hba.conf entry for host", None, DatabaseRefused),
        ("the database system is starting up", "57P03", DatabaseAway),
        ("sorry, too many clients already", "53300", DatabaseAway),
        ("division by zero", "22012", StatementFailed),
    ],
)
def test_each_refusal_has_its_sentence(said, code, kind):
    assert type(explain(driver_error(said, code))) is kind


def test_the_servers_own_words_follow_libpqs_first_line():
    found = str(explain(driver_error('connection to "db" failed:\n\tFATAL:  role "app" does not exist\n')))

    assert 'connection to "db" failed: FATAL:  role "app" does not exist' in found
    assert isinstance(explain(driver_error("")), DatabaseAway)
