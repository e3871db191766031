"""Another service, which knows nothing of Celeriac but the names of its tasks."""

import json
import subprocess
import sys

import pytest

from tests.acceptance.conftest import eventually

pytestmark = pytest.mark.slow

SERVICE = """
import json, os, sys
from celery import Celery

app = Celery("shop", broker=os.environ["BROKER"], backend=os.environ["BACKEND"])
app.conf.task_routes = {"celeriac.*": {"queue": "celeriac"}}
found = app.send_task("celeriac.performance.monitor").get(timeout=40)
ours = sorted(name for name in sys.modules if name.split(".")[0] in ("celeriac", "config", "tasks", "worker"))
print(json.dumps({"found": found, "imported": ours}))
"""


def test_a_service_with_only_celery_asks_how_things_are(system, tmp_path):
    with system.worker():
        service = subprocess.run(
            [sys.executable, "-c", SERVICE],
            cwd=tmp_path,  # nothing of this repository can be imported there
            env={
                "BROKER": system.environment["CELERIAC_REDIS__BROKER_URL"],
                "BACKEND": system.environment["CELERIAC_REDIS__RESULTS_URL"],
            },
            capture_output=True,
            text=True,
            timeout=80,
            check=False,
        )
    assert service.returncode == 0, service.stderr
    answer = json.loads(service.stdout)
    assert answer["imported"] == []
    assert answer["found"]["database"]["total_queries"] >= 0
    assert answer["found"]["cache"]["connected_clients"] >= 1
    assert "timestamp" in answer["found"]


def test_beat_keeps_the_schedule_and_what_it_sends_is_done(system):
    periods = {"CELERIAC_SCHEDULE__SPEED": "120"}
    with system.worker(concurrency=2), system.running("beat", "beat", **periods):
        eventually(lambda: runs(system, "celeriac.statements.capture") >= 2)
        eventually(lambda: runs(system, "celeriac.metrics.record") >= 2)
    assert "Traceback" not in system.logs()


def runs(system, task):
    return int(system.results.hget(f"celeriac:tasks:{task}", "runs") or 0)
