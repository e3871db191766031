"""A worker as its operators meet it."""

import json
import signal
import time

import pytest

from celeriac.ledger import migrate
from celeriac.metrics.samplers.queues import SENT_AT
from celeriac.priorities import HIGH, LOW
from tests.acceptance.conftest import SECRET, eventually

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def worker(system):
    with system.worker() as process:
        yield process


@pytest.fixture(autouse=True)
def _fresh(system):
    system.results.delete("marks", "go")


def marks(system):
    return system.results.lrange("marks", 0, -1)


def test_what_is_urgent_overtakes_all_that_waits(system, caller):
    busy = caller.send_task("celeriac.test.work", kwargs={"steps": 1}, priority=LOW)
    eventually(lambda: busy.state == "PROGRESS")
    low = [caller.send_task("celeriac.test.mark", args=[f"low {n}"], priority=LOW) for n in range(3)]
    unsaid = caller.send_task("celeriac.test.mark", args=["unsaid"])
    high = caller.send_task("celeriac.test.mark", args=["high"], priority=HIGH)
    system.results.set("go", 1)
    for result in (*low, unsaid, high):
        result.get(timeout=30)
    assert marks(system) == ["high", "unsaid", "low 0", "low 1", "low 2"]


def test_an_unknown_target_fails_with_a_typed_reason(caller):
    result = caller.send_task("celeriac.statements.capture", kwargs={"target": "mian"})
    with pytest.raises(Exception, match="Target 'mian' is not configured; known targets: main") as failure:
        result.get(timeout=30)
    assert type(failure.value).__name__ == "TargetUnknown"


def test_a_failure_is_one_line_of_the_log_without_a_traceback(system, caller):
    caller.send_task("celeriac.statements.capture", kwargs={"wrong": 1}).get(timeout=30, propagate=False)
    log = eventually(
        lambda: "got an unexpected keyword argument 'wrong'" in (text := system.log("worker").read_text()) and text
    )
    assert "Traceback" not in log


def test_a_worker_says_that_it_is_there_and_how_it_is(system, caller):
    (said,) = eventually(lambda: system.results.hvals("celeriac:workers"))
    state = json.loads(said)
    assert state["processes"] >= 1
    assert state["resident_bytes"] > 30_000_000
    assert time.time() - state["at"] < 60


def test_how_long_messages_waited_is_counted(system, caller):
    counted = "celeriac:tasks:celeriac.test.mark"
    before = int(system.results.hget(counted, "waits") or 0)
    caller.send_task("celeriac.test.mark", args=["here"], headers={SENT_AT: time.time() - 2}).get(timeout=30)
    assert int(system.results.hget(counted, "waits")) == before + 1
    assert float(system.results.hget(counted, "wait_ms")) >= 2_000


def test_results_say_who_ran_what(caller):
    result = caller.send_task("celeriac.statements.capture")
    assert result.get(timeout=30)["complete"] in (True, False)
    stored = caller.AsyncResult(result.id)
    assert (stored.name, stored.kwargs, stored.queue) == ("celeriac.statements.capture", {}, "celeriac")
    assert stored.worker == "worker@test"


def test_every_line_of_a_run_names_its_task_and_target(system, caller):
    result = caller.send_task("celeriac.statements.capture")
    result.get(timeout=30)
    assert f"[celeriac.statements.capture {result.id} main]" in system.log("worker").read_text()


def test_what_a_crash_left_is_reconciled_when_a_worker_starts(system):
    assert eventually(lambda: system.results.hget("celeriac:tasks:celeriac.indexes.reconcile", "runs"))


def test_the_ledger_is_migrated_when_a_worker_starts(system):
    assert f"ledger of main is at revision {migrate.head()}" in system.log("worker").read_text()


def test_the_probes_tell_life_and_readiness(system):
    alive, ready = system.folder / "probed.alive", system.folder / "probed.ready"
    with system.worker("probed", concurrency=1, CELERIAC_LOG__JSON_LINES="true") as process:
        before = alive.stat().st_mtime_ns
        eventually(lambda: alive.stat().st_mtime_ns > before, deadline_s=20)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert not ready.exists()
    assert not alive.exists()
    assert f'"message": "ledger of main is at revision {migrate.head()}"' in system.log("probed").read_text()


def test_a_stopped_worker_gives_its_task_back(system, caller, worker):
    """SIGTERM with REMAP_SIGTERM=SIGQUIT, as the image sets it, must not wait for the task nor lose it."""
    result = caller.send_task("celeriac.test.work", kwargs={"steps": 1})
    eventually(lambda: result.state == "PROGRESS")
    with system.worker("second", REMAP_SIGTERM="SIGQUIT", CELERIAC_WORKER__SOFT_SHUTDOWN="1s") as second:
        held = caller.send_task("celeriac.test.mark", kwargs={"word": "held", "seconds": 90})
        eventually(lambda: "held" in marks(system))
        began = time.monotonic()
        second.send_signal(signal.SIGTERM)
        second.wait(60)
        assert time.monotonic() - began < 60
    system.results.set("go", 1)
    assert result.get(timeout=30) == {"steps": 1}
    eventually(lambda: marks(system) == ["held", "held"])
    caller.control.revoke(held.id, terminate=True)


def test_no_secret_is_written_anywhere(system, caller):
    everything = system.logs() + "".join(
        str(system.results.get(key)) for key in system.results.scan_iter("celery-task-meta-*")
    )
    assert "celeriac.statements.capture" in everything
    assert SECRET not in everything
