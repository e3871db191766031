"""What is kept out is told, and let in again by a person."""

from datetime import timedelta

import pytest
from sqlalchemy import NullPool, create_engine

from celeriac.indexes.index import IndexDefinition, KeyPart, Recommendation
from celeriac.indexes.policy import LoopPolicy
from celeriac.indexes.propose import propose, reject
from celeriac.ledger import audit, changes, quarantine


@pytest.fixture
def engine(ledger_url):
    engine = create_engine(ledger_url, poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture
def held(engine):
    wanted = Recommendation(
        IndexDefinition("public", "jobs", (KeyPart("owner"),)), "", 8192, 0.5, 10.0, 0.0, (), "it saves a scan"
    )
    with engine.begin() as ledger:
        change = propose(ledger, "main", wanted, table=None, origin="advisor", actor="test", policy=LoopPolicy())
        change = reject(ledger, change, actor="anna", reason="no")
        quarantine.put(
            ledger, target="main", identity=change.identity, change_id=change.id, reason="no plan has used it",
            promised=change.promised, back_off=(timedelta(days=7),),
        )  # fmt: skip
    return change


def test_nothing_kept_out_is_told(celeriac, ledger_url):
    assert celeriac("quarantine", "list", ledger_url).out == "Nothing is kept out of target main.\n"


def test_what_is_kept_out_is_shown_with_its_reason(celeriac, ledger_url, held):
    assert "no plan has used it" in celeriac("quarantine", "list", ledger_url).out
    (one,) = celeriac("quarantine", "list", ledger_url, "--format", "json").json()
    assert (one["change_id"], one["ddl"]) == (held.id, held.ddl)


def test_a_person_lifts_it_and_the_audit_trail_says_who(celeriac, ledger_url, engine, held):
    outcome = celeriac("quarantine", "lift", ledger_url, "--id", str(held.id), "--reason", "the table was rebuilt")
    assert outcome.code == 0, outcome.err
    with engine.connect() as ledger:
        assert quarantine.active(ledger, "main") == ()
        last = audit.history(ledger, held.id)[-1]
    assert (last.reason, last.actor[:3]) == ("quarantine lifted: the table was rebuilt", "cli")


def test_lifting_needs_a_change_that_is_held(celeriac, ledger_url, held, engine):
    assert "--id ID" in celeriac("quarantine", "lift", ledger_url).err
    with engine.begin() as ledger:
        quarantine.lift(ledger, "main", held.identity)
    assert "is not in quarantine" in celeriac("quarantine", "lift", ledger_url, "--id", str(held.id)).err


def test_calibration_is_a_table_of_promised_and_measured(celeriac, ledger_url, engine, held):
    assert "No index of target main was built yet" in celeriac("ledger", ledger_url, "--calibration").out
    with engine.begin() as ledger:
        changes.note(ledger, held, size_bytes=16384, evidence={"decision": "revert", "saved_ms_per_hour": 0.0})
    shown = celeriac("ledger", ledger_url, "--calibration")
    assert "Promised and measured" in shown.out
    (btree,) = celeriac("ledger", ledger_url, "--calibration", "--format", "json").json()
    assert (btree["judged"], btree["promised_ms_per_hour"], btree["built_bytes"]) == (1, 10.0, 16384)
