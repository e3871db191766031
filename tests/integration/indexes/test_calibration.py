from dataclasses import replace
from datetime import timedelta

import pytest

from celeriac.indexes import propose
from celeriac.indexes.calibration import calibrate, observations
from celeriac.indexes.index import StatementGain
from celeriac.ledger import changes, quarantine
from celeriac.statements.catalog import Catalog
from celeriac.statements.statement import Counters, Statement
from celeriac.statements.workload import Workload

from .loop import BY_USER, TARGET, Loop, recommendation


def test_the_ledger_teaches_what_promises_were_worth(loop: Loop):
    change = loop.built(BY_USER)
    with loop.ledger() as ledger:
        changes.note(ledger, change, evidence={"decision": "keep", "saved_ms_per_hour": 5_000.0})
        (seen,) = observations(changes.all_of(ledger, TARGET))
    assert (seen.method, seen.promised_ms_per_hour, seen.measured_ms_per_hour) == ("btree", 10_000.0, 5_000.0)
    assert (seen.estimated_bytes, seen.built_bytes) == (1_000_000, change.size_bytes)
    assert calibrate([seen])["btree"].saving_factor == pytest.approx(5.5 / 6)


def test_a_tempered_promise_is_no_new_measure(loop: Loop):
    wanted = replace(recommendation(BY_USER), saving_ms_per_hour=5_000.0, saving_factor=0.5, size_factor=2.0)
    with loop.ledger() as ledger:
        change = propose.propose(
            ledger, TARGET, wanted, table=None, origin="advisor", actor="test", policy=loop.policies.loop
        )
        changes.note(ledger, change, size_bytes=1, evidence={"decision": "keep", "saved_ms_per_hour": 5_000.0})
        (seen,) = observations(changes.all_of(ledger, TARGET))
    assert (seen.promised_ms_per_hour, seen.estimated_bytes) == (10_000.0, 500_000)


def test_what_still_waits_teaches_nothing_of_savings(loop: Loop):
    change = loop.built(BY_USER)
    with loop.ledger() as ledger:
        changes.note(ledger, change, evidence={"decision": "wait", "saved_ms_per_hour": 5_000.0})
        (seen,) = observations(changes.all_of(ledger, TARGET))
    assert seen.measured_ms_per_hour is None


def test_statements_that_run_twice_as_often_end_a_quarantine(loop: Loop):
    wanted = replace(recommendation(BY_USER), statements=(StatementGain("f1", "", 100.0, 1, 1, 1),))
    with loop.ledger() as ledger:
        change = propose.propose(
            ledger, TARGET, wanted, table=None, origin="advisor", actor="test", policy=loop.policies.loop
        )
        propose.reject(ledger, change, actor="anna", reason="no")
        quarantine.put(
            ledger, target=TARGET, identity=change.identity, change_id=change.id, reason="it hurt",
            promised=change.promised, back_off=(timedelta(days=7),),
        )  # fmt: skip
        assert list(propose.kept_out(ledger, TARGET, Catalog({}), of_calls(150))) == [change.identity]
        assert propose.kept_out(ledger, TARGET, Catalog({}), of_calls(200)) == {}


def of_calls(calls: int) -> Workload:
    return Workload((Statement("f1", "", "SELECT 1", Counters(calls=calls, total_ms=1.0, square_ms2=1.0)),), 1.0)
