"""A table's own autovacuum settings: set, read back, and given back exactly as they were."""

import pytest

from celeriac.ledger import control
from celeriac.maintenance import undo
from celeriac.maintenance.conclude import Done, Expired
from celeriac.maintenance.runs import RunMoved
from celeriac.maintenance.sessions import alone
from celeriac.maintenance.states import MoveForbidden
from celeriac.maintenance.undo import ChangedSince, NothingToUndo
from celeriac.supervision.outcome import Refused

from .words import TARGET, Care

OURS = ["autovacuum_analyze_scale_factor=0.1", "autovacuum_vacuum_scale_factor=0.1"]


@pytest.fixture
def large(care: Care) -> Care:
    """A table that is updated, so large that its own settings let thousands of rows die."""
    care.sql("ALTER TABLE jobs SET (autovacuum_enabled = true, autovacuum_vacuum_scale_factor = 0.5, fillfactor = 90)")
    care.sql("ALTER TABLE jobs SET (autovacuum_analyze_scale_factor = 0.4)")
    care.sql("UPDATE jobs SET user_id = 0 WHERE id < 2000")
    care.by_itself("VACUUM (ANALYZE) jobs")
    return care


def former(care: Care) -> list[str]:
    return [
        "autovacuum_analyze_scale_factor=0.4",
        "autovacuum_enabled=true",
        "autovacuum_vacuum_scale_factor=0.5",
        "fillfactor=90",
    ]


def revert(care: Care, run, actor="anna"):
    return undo.revert(care.sessions, run, care.told, actor=actor, reason="a test")


def set_by_us(care: Care):
    result = care.perform(care.approved("settings"))
    assert isinstance(result, Done), result
    return result.run


def test_they_are_set_read_back_and_given_back_exactly(large: Care):
    assert large.options() == former(large)
    run = set_by_us(large)
    assert large.options() == [OURS[0], "autovacuum_enabled=true", OURS[1], "fillfactor=90"]
    assert run.outcome == "it has autovacuum_vacuum_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.1"
    assert "settings" not in large.propose()
    reverted = revert(large, run)
    assert (reverted.state, reverted.outcome) == ("reverted", "undone by anna: a test")
    assert large.options() == former(large)
    assert large.story(run) == ["proposed", "approved", "running", "done", "reverted"]
    assert "settings" not in large.propose()  # a person undid it


def test_what_the_table_had_not_is_taken_away_again(large: Care):
    large.sql("ALTER TABLE jobs RESET (autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)")
    tight = large.with_policy(max_dead_rows=400)
    run = set_by_us(tight)
    assert "autovacuum_vacuum_scale_factor=0.02" in large.options()
    revert(large, run)
    assert large.options() == ["autovacuum_enabled=true", "fillfactor=90"]


def test_what_the_undo_gives_back_is_what_was_there_when_it_began(large: Care):
    run = large.approved("settings")
    large.sql("ALTER TABLE jobs SET (autovacuum_vacuum_scale_factor = 0.45)")
    done = large.perform(run)
    assert isinstance(done, Done)
    revert(large, done.run)
    assert "autovacuum_vacuum_scale_factor=0.45" in large.options()


def test_what_a_person_set_meanwhile_is_not_overwritten(large: Care):
    run = large.approved("settings")
    large.sql("ALTER TABLE jobs SET (autovacuum_vacuum_scale_factor = 0.01)")
    result = large.perform(run)
    assert isinstance(result, Expired)
    assert "no longer those that were proposed for" in result.reason
    assert "autovacuum_vacuum_scale_factor=0.01" in large.options()


def test_what_somebody_changed_since_is_left_as_it_is(large: Care):
    run = set_by_us(large)
    large.sql("ALTER TABLE jobs SET (autovacuum_vacuum_scale_factor = 0.07)")
    with pytest.raises(ChangedSince, match=r"autovacuum_vacuum_scale_factor of public.jobs is 0.07, not 0.1 as run"):
        revert(large, run)
    assert "autovacuum_vacuum_scale_factor=0.07" in large.options()
    assert large.now(run).state == "done"


def test_an_undo_that_died_after_its_statement_is_finished_by_the_next(large: Care):
    run = set_by_us(large)
    large.sql(run.undo_ddl)
    assert revert(large, run).state == "reverted"


def test_a_table_that_is_gone_needs_no_undo(large: Care):
    run = set_by_us(large)
    large.sql("DROP TABLE jobs")
    assert revert(large, run).state == "reverted"


def test_a_persons_undo_does_not_wait_for_the_end_of_a_pause(large: Care):
    run = set_by_us(large)
    with large.ledger() as ledger:
        control.pause(ledger, TARGET, actor="anna", reason="a release")
    assert revert(large, run).state == "reverted"


def test_a_lock_that_cannot_be_had_leaves_it_undone(large: Care):
    run = set_by_us(large)
    with large.session("LOCK TABLE jobs IN SHARE MODE"):
        refused = revert(large, run)
    assert isinstance(refused, Refused)
    assert "a lock could not be had" in refused.reason
    assert large.now(run).state == "done"


def test_another_run_of_ours_keeps_the_undo_out(large: Care):
    run = set_by_us(large)
    other = large.anew()
    with alone(other.sessions, TARGET):
        refused = revert(large, run)
    other.close()
    assert isinstance(refused, Refused)
    assert refused.guard == "alone"


def test_only_settings_that_are_set_can_be_undone(large: Care):
    with pytest.raises(MoveForbidden, match="that is approved cannot undo"):
        revert(large, large.approved("settings"))
    large.sql("INSERT INTO jobs SELECT i FROM generate_series(20001, 60000) i")
    with pytest.raises(NothingToUndo, match="was an ANALYZE of public"):
        revert(large, large.propose()["analyze"])


def test_it_is_undone_once(large: Care):
    run = set_by_us(large)
    revert(large, run)
    with pytest.raises(RunMoved, match="no longer done but reverted"):
        revert(large, run)
