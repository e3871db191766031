"""What is said of a statement that came to nothing, and whether another attempt may do better."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from celeriac.supervision.outcome import Clear, Refused, judged
from celeriac.supervision.watched import Ran, back_off


class DriverError(Exception):
    """As psycopg2's: with the server's code where it could give one."""

    pgcode: str | None = None


def failed(said: str, code: str | None) -> Ran:
    original = DriverError(said)
    original.pgcode = code
    return Ran(error=DBAPIError("VACUUM jobs", {}, original))


@pytest.mark.parametrize(
    ("ran", "sentence", "is_transient"),
    [
        (Ran(stopped=Refused("waiters", "process 7 waits")), "stopped: process 7 waits", True),
        (Ran(lost=True), "its worker died before it came to its end", True),
        (Ran(), "the server reported success, but the catalog does not show it", True),
        (
            failed("canceling statement due to lock timeout", "55P03"),
            "a lock could not be had within lock_timeout: a long transaction or other DDL holds the table",
            True,
        ),
        (failed("deadlock detected\nDETAIL: much", "40P01"), "deadlock detected", True),
        (failed("", None), "the connection to the server broke", True),
        (failed('relation "jobs" does not exist', "42P01"), 'relation "jobs" does not exist', False),
    ],
)
def test_what_came_of_it(ran, sentence, is_transient):
    assert (ran.sentence, ran.is_transient) == (sentence, is_transient)


def test_each_further_attempt_waits_twice_as_long():
    assert [back_off(timedelta(minutes=5), attempt).seconds // 60 for attempt in range(4)] == [5, 5, 10, 20]


def test_an_objection_is_a_refusal():
    assert judged("load", None) == Clear()
    assert judged("load", "too much") == Refused("load", "too much")
