"""What a driver's error says of the set-up, whoever is told of it."""

import pytest
from sqlalchemy.exc import DBAPIError

from celeriac import refusals


class OperationalError(Exception):
    """As psycopg2's: without a code where there is no connection."""

    pgcode: str | None = None


def raised(said: str, code: str | None = None) -> DBAPIError:
    original = OperationalError(said)
    original.pgcode = code
    return DBAPIError("SELECT 1", {}, original)


@pytest.mark.parametrize(
    ("said", "code", "meaning"),
    [
        ('schema "celeriac" does not exist', "3F000", "ledger"),
        ('relation "celeriac.change" does not exist', "42P01", "ledger"),
        ('relation "celeriac_demo" does not exist', "42P01", None),
        ("function hypopg_reset() does not exist", "42883", "extension"),
        ("function jsonb_nothing() does not exist", "42883", None),
        ('invalid dsn: missing "=" after "db"', None, "malformed"),
        ('could not translate host name "db" to address', None, "unresolved"),
        ('FATAL:  database "shop" does not exist', None, "refused"),
        ("server closed the connection unexpectedly", None, "away"),
        ("terminating connection due to idle-session timeout", "57P05", "away"),
        ("canceling statement due to user request", "57014", None),
    ],
)
def test_what_it_means(said, code, meaning):
    assert refusals.meaning(raised(said, code)) == meaning


@pytest.mark.parametrize("text", ["postgresql://app:hush@db", "host=db password=hush", "redis://:hush@cache:6379/0"])
def test_no_secret_is_repeated(text):
    assert "hush" not in refusals.without_secrets(text)
    assert "***" in refusals.without_secrets(text)
