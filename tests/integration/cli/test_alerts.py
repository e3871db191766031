"""What fires is shown, and a person's word on it is taken."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import NullPool, create_engine

from celeriac.alerts import store
from celeriac.alerts.alert import Alert
from celeriac.alerts.decide import Transition


@pytest.fixture
def firing(ledger_url):
    engine = create_engine(ledger_url, poolclass=NullPool)
    now = datetime.now(UTC)
    alert = Alert("main", "standby_lag", "b", "warning", "Standby b is behind.", 9, "firing", now, now, fired_at=now)
    with engine.begin() as ledger:
        (made,) = store.apply(ledger, [Transition("fired", alert)])
    engine.dispose()
    return made


def test_nothing_that_fires_is_told(celeriac, ledger_url):
    assert celeriac("alerts", "list", ledger_url).out == "Nothing fires on target main.\n"


def test_what_fires_is_shown_for_people_and_for_programs(celeriac, ledger_url, firing):
    assert "Standby b is behind." in celeriac("alerts", "list", ledger_url).out
    document = celeriac("alerts", "list", ledger_url, "--format", "json").json()
    assert [(one["id"], one["rule"], one["subject"]) for one in document["alerts"]] == [(firing.id, "standby_lag", "b")]
    assert document["silences"] == []


def test_a_silence_is_made_shown_and_lifted(celeriac, ledger_url):
    made = celeriac("alerts", "silence", ledger_url, "--rule", "standby*", "--minutes", "5", "--reason", "rebuild")
    assert made.out.startswith("Silence 1 lasts until ")
    shown = celeriac("alerts", "list", ledger_url)
    assert "standby*" in shown.out
    assert "rebuild" in shown.out
    assert celeriac("alerts", "lift", ledger_url, "--id", "1").out == "Silence 1 is lifted.\n"
    again = celeriac("alerts", "lift", ledger_url, "--id", "1")
    assert (again.code, "no silence 1 in force" in again.err) == (1, True)


def test_a_silence_must_last(celeriac, ledger_url):
    assert "A silence must end" in celeriac("alerts", "silence", ledger_url, "--minutes", "0").err


def test_somebody_who_is_at_it_is_named(celeriac, ledger_url, firing):
    outcome = celeriac("alerts", "acknowledge", ledger_url, "--id", str(firing.id))
    assert outcome.out == f"Alert {firing.id} is acknowledged: nobody is told of it again until it is over.\n"
    assert "is at it" in celeriac("alerts", "list", ledger_url).out


def test_which_one_must_be_said(celeriac, ledger_url):
    outcome = celeriac("alerts", "acknowledge", ledger_url)
    assert (outcome.code, "celeriac alerts acknowledge --id ID" in outcome.err) == (1, True)
