import psycopg2
import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from config import refusals


class Coded(psycopg2.Error):
    """A driver's error with the code that the server gave."""

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code

    @property
    def pgcode(self):
        return self.code


def raised(message, code=None, kind=DBAPIError):
    driver = Coded(message, code) if code else psycopg2.OperationalError(message)
    return kind("SELECT 1", {}, driver)


@pytest.mark.parametrize(
    ("message", "code", "meaning"),
    [
        ('FATAL:  password authentication failed for user "app"', None, refusals.TargetRefused),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1"', None, refusals.TargetRefused),
        ('FATAL:  role "app" does not exist', None, refusals.TargetRefused),
        ("fe_sendauth: no password supplied", None, refusals.TargetRefused),
        ("Connection refused", None, refusals.TargetAway),
        ("FATAL:  the database system is starting up", None, refusals.TargetAway),
        ("server closed the connection unexpectedly", None, refusals.TargetAway),
        ("terminating connection due to administrator command", "57P01", refusals.TargetAway),
        ("FATAL:  sorry, too many clients already", "53300", refusals.TargetAway),
        ("permission denied for table jobs", "42501", refusals.PrivilegeMissing),
        ("cannot execute INSERT in a read-only transaction", "25006", refusals.TargetIsStandby),
        ('relation "celeriac.change" does not exist', "42P01", refusals.LedgerMissing),
        ('could not open extension control file "hypopg.control": extension', "58P01", refusals.ExtensionMissing),
        ("pg_stat_statements must be loaded via shared_preload_libraries", "55000", refusals.ExtensionMissing),
        ("function hypopg_reset() does not exist", "42883", refusals.ExtensionMissing),
    ],
)
def test_what_the_server_says_becomes_a_typed_sentence(message, code, meaning):
    assert type(refusals.explain(raised(message, code), "main")) is meaning


@pytest.mark.parametrize(
    ("message", "code"), [("division by zero", "22012"), ('relation "jobs" does not exist', "42P01"), ("lock", "55P03")]
)
def test_what_is_no_matter_of_set_up_stays_what_it_is(message, code):
    assert refusals.explain(raised(message, code), "main") is None


def test_a_refusal_to_write_tells_nothing_where_we_asked_for_it():
    assert refusals.explain(raised("read-only", "25006"), "main", writes=False) is None


@pytest.mark.parametrize("leak", ["postgresql://app:hush@db/app is odd", "bad option in password=hush host=db"])
def test_no_sentence_holds_a_password(leak):
    sentence = str(refusals.explain(raised(leak, kind=OperationalError), "main"))
    assert "***" in sentence
    assert "hush" not in sentence


def test_a_sentence_is_one_line_whatever_the_driver_says():
    sentence = str(refusals.explain(raised("connection to server failed:\n  FATAL:  starting up\n\nhint"), "main"))
    assert sentence.count("\n") == 0
    assert "starting up" in sentence
