from dataclasses import replace
from datetime import timedelta

import pytest

from celeriac.indexes import definitions, propose
from celeriac.indexes.index import Advice, IndexDefinition, KeyPart
from celeriac.indexes.policy import LoopPolicy
from celeriac.ledger import changes, clock, control, quarantine
from celeriac.statements.catalog import Catalog, Table

from .loop import BY_STATUS, BY_USER, TARGET, Loop, recommendation

EMPTY = Catalog({})


def advised(loop: Loop, *wanted: IndexDefinition, catalog: Catalog = EMPTY) -> propose.Proposed:
    advice = Advice(tuple(recommendation(one) for one in wanted), 1, 1, 1, 1.0, 1)
    with loop.ledger() as ledger:
        return propose.propose_all(
            ledger, TARGET, advice, catalog, origin="advisor", actor="test", policy=loop.policies.loop
        )


def test_two_indexes_of_one_advice_are_proposed_together(loop: Loop):
    assert [change.state for change in advised(loop, BY_USER, BY_STATUS).changes] == ["proposed", "proposed"]


def test_while_a_table_is_being_changed_nothing_else_is_proposed_for_it(loop: Loop):
    waiting = loop.approved(BY_STATUS)
    proposed = advised(loop, BY_USER)
    assert proposed.changes == ()
    assert proposed.refused[0][1] == f"change {waiting.id} of public.jobs is still approved"


def test_the_change_itself_may_come_up_again(loop: Loop):
    waiting = loop.approved(BY_STATUS)
    assert [change.id for change in advised(loop, BY_STATUS).changes] == [waiting.id]


def test_a_declared_one_that_has_not_begun_does_not_stand_in_the_way(loop: Loop):
    loop.approved(BY_STATUS, origin="declared")
    assert len(advised(loop, BY_USER).changes) == 1


def test_the_table_tells_the_quarantine_its_size(loop: Loop):
    catalog = Catalog({("public", "jobs"): Table(7, "public", "jobs", "r", 20_000.0, 100, ())})
    (change,) = advised(loop, BY_USER, catalog=catalog).changes
    assert (change.table_oid, change.promised["table_rows"]) == (7, 20_000.0)


def test_what_is_kept_out_is_told_until_its_table_has_grown_twofold(loop: Loop):
    catalog = Catalog({("public", "jobs"): Table(7, "public", "jobs", "r", 20_000.0, 100, ())})
    (change,) = advised(loop, BY_USER, catalog=catalog).changes
    with loop.ledger() as ledger:
        propose.reject(ledger, change, actor="anna", reason="no")
        quarantine.put(
            ledger,
            target=TARGET,
            identity=change.identity,
            change_id=change.id,
            reason="it hurt",
            promised=change.promised,
            back_off=(timedelta(days=7),),
        )
        assert list(propose.kept_out(ledger, TARGET, catalog)) == [change.identity]
        grown = Catalog({("public", "jobs"): replace(catalog.tables["public", "jobs"], rows=50_000.0)})
        assert propose.kept_out(ledger, TARGET, grown) == {}
    assert "it hurt" in advised(loop, BY_USER, catalog=catalog).refused[0][1]


@pytest.mark.parametrize("configured", ["observe", "approve"])
def test_only_auto_approves_by_itself(loop: Loop, configured):
    loop.propose()
    with loop.ledger() as ledger:
        assert propose.approve_automatically(ledger, TARGET, configured=configured, policy=LoopPolicy()) == ()


def test_nothing_is_approved_while_paused(loop: Loop):
    loop.propose()
    with loop.ledger() as ledger:
        control.pause(ledger, actor="anna", reason="a release")
        assert propose.approve_automatically(ledger, TARGET, configured="auto", policy=LoopPolicy()) == ()


def test_a_sweep_passes_over_what_somebody_else_moved(loop: Loop):
    change = loop.propose()
    with loop.ledger() as ledger:
        propose.reject(ledger, change, actor="anna", reason="no")
        assert changes.try_transition(ledger, change, "approve", actor="auto", reason="auto") is None


@pytest.mark.parametrize(
    ("state", "then"), [("proposed", "expired"), ("approved", "proposed"), ("baselined", "approved")]
)
def test_what_is_overdue_moves_on(loop: Loop, state, then):
    change = loop.set_state(loop.propose(), state, deadline=clock.now())
    with loop.ledger() as ledger:
        assert [one.id for one in propose.expire(ledger, TARGET, loop.policies.loop)] == [change.id]
    assert loop.now(change).state == then


def test_what_a_dead_worker_left_baselined_is_ready_again(loop: Loop):
    change = loop.set_state(loop.approved(), "baselined")
    with loop.ledger() as ledger:
        assert [one.id for one in changes.ready(ledger, TARGET)] == [change.id]


def test_a_definition_survives_the_ledger(loop: Loop):
    rich = IndexDefinition(
        "public", "jobs", (KeyPart("status", descending=True, opclass="text_ops"), KeyPart("lower(note)", True)),
        include=("id",), where="id > 5",
    )  # fmt: skip
    assert definitions.of(loop.propose(rich)) == rich


def test_a_saving_that_nobody_would_notice_is_not_proposed(loop: Loop):
    modest = replace(loop.policies.loop, min_saving_ms_per_hour=10_001.0)
    proposed = advised(replace(loop, policies=replace(loop.policies, loop=modest)), BY_USER)
    assert proposed.changes == ()
    assert proposed.refused[0][1] == "it would save 10000 ms an hour; 10001 are asked"
