"""What tables need is listed, and a person decides on it and undoes it without any worker."""

import pytest
from sqlalchemy import NullPool, create_engine, text

from celeriac.maintenance import need, perform, propose, reading, runs
from celeriac.maintenance.policy import Limits, MaintenancePolicy
from celeriac.maintenance.sessions import Told
from celeriac.supervision.sessions import Sessions

POLICY = MaintenancePolicy(min_rows=100, max_dead_rows=100)
TABLE = """
    CREATE TABLE jobs (id int) WITH (autovacuum_vacuum_scale_factor = 0.5);
    INSERT INTO jobs SELECT generate_series(1, 1000);
    UPDATE jobs SET id = id + 1;
    ANALYZE jobs
"""


@pytest.fixture
def engine(ledger_url):
    engine = create_engine(ledger_url, poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture
def proposed(engine):
    """The settings that a large table should have."""
    with engine.begin() as connection:
        connection.execute(text(TABLE))
    with engine.begin() as connection:
        found, _ = need.needs(reading.tables(connection), reading.server(connection), POLICY)
        of_settings = [one for one in found if (one.kind, one.table.table_name) == ("settings", "jobs")]
        (run,) = propose.propose_all(connection, "main", of_settings, POLICY)
    return run


def test_nothing_was_needed_yet(celeriac, ledger_url):
    assert celeriac("maintenance", "list", ledger_url).out == "No table of target main needed maintenance yet.\n"


def test_what_is_needed_is_shown_for_people_and_for_programs(celeriac, ledger_url, proposed):
    shown = celeriac("maintenance", "list", ledger_url).out
    assert "settings  public.jobs  proposed" in shown
    assert "die before" in shown
    (document,) = celeriac("maintenance", "list", ledger_url, "--format", "json").json()
    assert (document["id"], document["undo_ddl"]) == (proposed.id, proposed.undo_ddl)


def test_a_person_approves_and_refuses(celeriac, ledger_url, proposed):
    approved = celeriac("maintenance", "approve", ledger_url, "--id", str(proposed.id))
    assert approved.out.startswith(f"Run {proposed.id} is approved: ALTER TABLE public.jobs SET (")
    rejected = celeriac("maintenance", "reject", ledger_url, "--id", str(proposed.id), "--reason", "not now")
    assert rejected.out == f"Run {proposed.id} is rejected.\n"
    again = celeriac("maintenance", "approve", ledger_url, "--id", str(proposed.id))
    assert (again.code, "that is rejected cannot approve" in again.err) == (1, True)


def test_a_person_gives_a_table_its_settings_back(celeriac, ledger_url, engine, proposed):
    celeriac("maintenance", "approve", ledger_url, "--id", str(proposed.id))
    early = celeriac("maintenance", "revert", ledger_url, "--id", str(proposed.id))
    assert (early.code, "that is approved cannot undo" in early.err) == (1, True)
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as work, autocommit.connect() as watch:
        sessions = Sessions(work, watch, engine.begin)
        with engine.begin() as ledger:
            run = runs.get(ledger, proposed.id, "main")
        told = Told(MaintenancePolicy(min_rows=100, max_dead_rows=100, settings_mode="auto"), Limits(cores=99))
        assert isinstance(perform.perform(sessions, run, told), perform.conclude.Done)
        work.execute(text("BEGIN; LOCK TABLE jobs IN SHARE MODE"))
        locked = celeriac("maintenance", "revert", ledger_url, "--id", str(proposed.id))
        work.execute(text("ROLLBACK"))
    assert (locked.code, "a lock could not be had" in locked.err) == (1, True)
    undone = celeriac("maintenance", "revert", ledger_url, "--id", str(proposed.id))
    assert undone.out == f"public.jobs has the settings that it had before run {proposed.id}.\n"
    with engine.connect() as connection:
        options = connection.scalar(text("SELECT reloptions FROM pg_class WHERE relname = 'jobs'"))
    assert options == ["autovacuum_vacuum_scale_factor=0.5"]


def test_which_one_must_be_said(celeriac, ledger_url):
    outcome = celeriac("maintenance", "revert", ledger_url)
    assert (outcome.code, "celeriac maintenance revert --id ID" in outcome.err) == (1, True)
    unknown = celeriac("maintenance", "reject", ledger_url, "--id", "7")
    assert (unknown.code, "no maintenance run 7" in unknown.err) == (1, True)
