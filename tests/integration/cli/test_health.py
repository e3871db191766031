"""Health is told with the worst first, and a cure to copy."""

import json

import pytest
from sqlalchemy import NullPool, create_engine, text


@pytest.fixture
def database(ledger_url):
    engine = create_engine(ledger_url, poolclass=NullPool)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_a_healthy_database_is_told_check_by_check(celeriac, ledger_url):
    outcome = celeriac("health", ledger_url)
    assert outcome.code == 0
    assert "No sequence comes near its end." in outcome.out


def test_what_is_critical_comes_first_with_its_cure_and_fails_the_command(celeriac, ledger_url, database):
    database.execute(text("CREATE TABLE tickets (id smallserial PRIMARY KEY)"))
    database.execute(text("SELECT setval('tickets_id_seq', 32000)"))
    database.commit()
    outcome = celeriac("health", ledger_url)
    assert outcome.code == 1
    assert outcome.out.splitlines()[2].startswith("critical  sequences")
    assert "-- sequences: public.tickets_id_seq" in outcome.out


def test_programs_get_every_finding(celeriac, ledger_url):
    findings = json.loads(celeriac("health", ledger_url, "--format", "json").out)
    assert {one["severity"] for one in findings} <= {"ok", "skipped", "warning", "critical"}
    assert {"connections", "sequences", "invalid_indexes"} <= {one["check"] for one in findings}
