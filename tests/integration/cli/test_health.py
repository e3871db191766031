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


def test_what_is_well_is_told_check_by_check(celeriac, ledger_url):
    outcome = celeriac("health", ledger_url)
    assert "No sequence comes near its end." in outcome.out


def test_what_is_critical_comes_first_with_its_cure_and_fails_the_command(celeriac, ledger_url, database):
    database.execute(text("CREATE TABLE tickets (id smallserial PRIMARY KEY)"))
    database.execute(text("SELECT setval('tickets_id_seq', 32000)"))
    database.commit()
    outcome = celeriac("health", ledger_url)
    assert outcome.code == 1
    assert outcome.out.splitlines()[2].startswith("critical")
    assert "-- sequences: public.tickets_id_seq" in outcome.out


def test_bounds_are_those_of_the_environment(celeriac, ledger_url, database, monkeypatch):
    database.execute(text("CREATE TABLE tickets (id smallserial PRIMARY KEY)"))
    database.execute(text("SELECT setval('tickets_id_seq', 20000)"))
    database.commit()
    assert severity(celeriac("health", ledger_url, "--format", "json"), "sequences") == {"ok"}
    monkeypatch.setenv("CELERIAC_HEALTH__SEQUENCE_WARNING_RATIO", "0.5")
    assert severity(celeriac("health", ledger_url, "--format", "json"), "sequences") == {"warning"}


def test_a_bound_that_is_no_number_is_named_and_not_repeated(celeriac, ledger_url, monkeypatch):
    monkeypatch.setenv("CELERIAC_HEALTH__CHECK_TIMEOUT_MS", "soon")
    outcome = celeriac("health", ledger_url)
    assert outcome.code == 1
    assert "CELERIAC_HEALTH__CHECK_TIMEOUT_MS is no number: write it as 1000" in outcome.err
    assert "soon" not in outcome.err


def test_needs_no_ledger(celeriac, database_url):
    assert celeriac("health", database_url, "--format", "json").json()


def test_programs_get_every_finding(celeriac, ledger_url):
    findings = json.loads(celeriac("health", ledger_url, "--format", "json").out)
    assert {one["severity"] for one in findings} <= {"ok", "skipped", "warning", "critical"}
    assert {"connections", "sequences", "invalid_indexes"} <= {one["check"] for one in findings}


def severity(outcome, check):
    return {one["severity"] for one in outcome.json() if one["check"] == check}
