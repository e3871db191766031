import pytest
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from celeriac.locks import try_advisory_lock


@pytest.fixture
def other(database_url):
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def test_one_session_holds_what_the_other_then_does_not_get(connection: Connection, other: Connection):
    with try_advisory_lock(connection, "build", "main") as first:
        with try_advisory_lock(other, "build", "main") as second:
            assert (first, second) == (True, False)
        with try_advisory_lock(other, "build", "reports") as elsewhere:
            assert elsewhere


def test_the_lock_is_given_back(connection: Connection, other: Connection):
    with try_advisory_lock(connection, "build"):
        pass
    with try_advisory_lock(other, "build") as held:
        assert held


def test_whoever_did_not_get_it_does_not_give_it_back(connection: Connection, other: Connection):
    with try_advisory_lock(connection, "build"):
        with try_advisory_lock(other, "build"):
            pass
        with try_advisory_lock(other, "build") as held:
            assert not held


def test_a_failed_transaction_does_not_keep_the_lock(connection: Connection, other: Connection):
    with pytest.raises(DBAPIError), try_advisory_lock(connection, "build"):
        connection.execute(text("SELECT 1 / 0"))
    with try_advisory_lock(other, "build") as held:
        assert held


def test_the_lock_dies_with_its_session(connection: Connection, other: Connection):
    with try_advisory_lock(connection, "build"):
        connection.invalidate()
        with try_advisory_lock(other, "build") as held:
            assert held
