"""Who can get in, and read what."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine

from sandbox.postgres import PostgresServer

from .looking import bad, plant, the_fault, value

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
SCRAM = f"SCRAM-SHA-256$4096:c2FsdA==${KEY}:{KEY}"


@pytest.fixture(autouse=True)
def _nothing_remembered(server: Engine) -> Iterator[None]:
    plant(server, "SELECT pg_stat_statements_reset()")
    yield
    plant(server, "SELECT pg_stat_statements_reset()")


@pytest.mark.parametrize(
    ("rule", "severity"),
    [
        ("host all app 10.0.0.0/8 trust", "critical"),
        ("hostnossl shop all 0.0.0.0/0 trust", "critical"),
        ("host all all 10.0.0.0/8 password", "warning"),
    ],
)
def test_finds_rules_that_let_others_in(
    server: Engine, health_server: PostgresServer, rule: str, severity: str
) -> None:
    with rules(health_server, rule):
        finding = the_fault(server, "open_authentication")
    assert (finding.severity, finding.subject.startswith("pg_hba.conf line ")) == (severity, True)
    assert not bad(server, "open_authentication")


@pytest.mark.parametrize(
    "rule", ["host all all 10.0.0.0/8 scram-sha-256", "hostssl all all 10.0.0.0/8 password", "local all all trust"]
)
def test_rules_that_ask_for_a_secret_or_serve_the_machine_itself_are_left_alone(
    server: Engine, health_server: PostgresServer, rule: str
) -> None:
    with rules(health_server, rule):
        assert not bad(server, "open_authentication")


def test_finds_a_password_among_the_remembered_statements_and_does_not_tell_it(server: Engine) -> None:
    plant(server, "BEGIN; CREATE ROLE health_app LOGIN PASSWORD 'hush hush'; ROLLBACK")
    finding = the_fault(server, "passwords_in_statements")
    assert (finding.severity, "hush" in str(finding)) == ("critical", False)
    plant(server, (finding.cure or "").partition(";")[0])
    assert not bad(server, "passwords_in_statements")


@pytest.mark.parametrize("secret", [f"PASSWORD '{SCRAM}'", "PASSWORD NULL", "VALID UNTIL '2030-01-01'"])
def test_what_is_no_secret_is_left_alone(server: Engine, secret: str) -> None:
    plant(server, f"BEGIN; CREATE ROLE health_app LOGIN {secret}; ROLLBACK")
    assert value(server, "SELECT count(*) FROM pg_stat_statements WHERE query LIKE 'CREATE ROLE health_app%'") == 1
    assert not bad(server, "passwords_in_statements")


def test_finds_passwords_that_are_kept_by_a_broken_hash(server: Engine) -> None:
    old = ["SET password_encryption = 'md5'", "CREATE ROLE health_old LOGIN PASSWORD 'x'"]
    found = bad(server, "password_encryption", first=old)
    assert [one.subject for one in found] == ["server", "health_old"]
    (one,) = bad(server, "password_encryption", first=[*old, "SET password_encryption = 'scram-sha-256'"])
    assert one.subject == "health_old"


def test_finds_a_server_that_listens_to_others_without_tls(server: Engine) -> None:
    listening = [
        (
            "CREATE TEMP TABLE pg_settings AS SELECT name,"
            " CASE name WHEN 'listen_addresses' THEN '*' ELSE setting END AS setting FROM pg_catalog.pg_settings"
        ),
        "SET LOCAL search_path = pg_temp, pg_catalog",
    ]
    finding = the_fault(server, "plain_connections", first=listening)
    assert "listens on * without TLS" in finding.sentence
    assert not bad(server, "plain_connections")


@contextmanager
def rules(server: PostgresServer, rule: str) -> Iterator[None]:
    """Put a rule into the file, which the server shows without using it before a reload."""
    assert server.data is not None
    file = server.data / "pg_hba.conf"
    before = file.read_text()
    file.write_text(f"{before}\n{rule}\n")
    try:
        yield
    finally:
        file.write_text(before)
