"""Kill -9 of the process that runs a vacuum: the server ends it by itself, and the run is concluded and made again."""

import signal
import subprocess
import sys

import pytest

from celeriac.maintenance import perform
from celeriac.maintenance.conclude import Done, Postponed

from .words import TARGET, Care, until

pytestmark = pytest.mark.slow

WORKER = """
import sys
from sqlalchemy import NullPool, create_engine
from celeriac.maintenance import perform, runs
from celeriac.maintenance.policy import Limits, MaintenancePolicy
from celeriac.maintenance.sessions import Told
from celeriac.supervision.sessions import Sessions

engine = create_engine(sys.argv[1], poolclass=NullPool)
autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
policy = MaintenancePolicy(vacuum_mode="auto", min_dead_rows=1000, cost_delay_ms=100, cost_limit=1)
with engine.begin() as ledger:
    run = runs.get(ledger, int(sys.argv[2]), "main")
perform.perform(Sessions(autocommit.connect(), autocommit.connect(), engine.begin), run, Told(policy, Limits(cores=99)))
"""
VACUUMING = (
    "SELECT count(*) FROM pg_stat_progress_vacuum WHERE relid = 'jobs'::regclass AND datname = current_database()"
)
"""Autovacuum may be at work on any other table, of any database."""


def test_a_killed_worker_leaves_nothing_that_runs_on(care: Care):
    if care.sql("SHOW server_version_num") < "140000":
        pytest.skip("before PostgreSQL 14 a server does not look for its client")
    care.dirty()
    run = care.approved("vacuum")
    url = care.engine.url.render_as_string(hide_password=False)
    worker = subprocess.Popen([sys.executable, "-c", WORKER, url, str(run.id)])
    try:
        until(lambda: care.sql(VACUUMING), seconds=30)
        assert perform.recover(care.sessions, TARGET, care.told) == ()
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert care.now(run).state == "running"
    until(lambda: care.sql(VACUUMING) == 0, seconds=30)
    (result,) = until(lambda: perform.recover(care.sessions, TARGET, care.told))
    assert isinstance(result, Postponed)
    assert result.reason == "its worker died before it came to its end"
    assert isinstance(care.perform(result.run), Done)
