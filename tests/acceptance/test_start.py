"""What is wrong stops the start with one sentence, and no traceback."""

import os
import subprocess
import sys

import pytest

from tests.acceptance.conftest import ROOT, SECRET

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("CELERIAC_REDIS__BROKR_URL", f"redis://:{SECRET}@q/0", "Setting CELERIAC_REDIS__BROKR_URL is wrong"),
        ("CELERIAC_TARGETS__MAIN__URL", f"mysql://u:{SECRET}@db/app", "not a PostgreSQL URL"),
        ("CELERIAC_TASKS__VISIBILITY_TIMEOUT", "1h", "below 18300 s, tasks would run twice"),
        (
            "CELERIAC_SCHEDULE__EVERY__STATEMENT_CAPTURE",
            "1m",
            "names 'statement_capture', which is not in",
        ),
        ("CELERIAC_WARMING__WARMERS_FILE", "/nowhere.toml", "/nowhere.toml cannot be read"),
    ],
)
def test_a_wrong_setting_stops_a_worker(tmp_path, setting, value, sentence):
    status, said = start("worker", **{setting: value})
    assert status == 1
    assert said.startswith("celeriac: ")
    assert sentence in said
    assert said.count("\n") == 1
    assert SECRET not in said


def test_flower_does_not_start_without_a_password():
    status, said = start("flower", "--conf=web/flower/flowerconfig.py")
    assert status == 1
    assert "Flower needs CELERIAC_FLOWER__PASSWORD" in said
    assert "Traceback" not in said


def test_a_target_that_is_away_does_not_stop_the_worker(system):
    nowhere = f"postgresql://app:{SECRET}@127.0.0.1:1/app"
    with system.worker(CELERIAC_TARGETS__AWAY__URL=nowhere):
        log = system.log("worker").read_text()
    assert "ledger of main is at revision" in log
    assert "ledger of away was not migrated: Target 'away' cannot be reached" in log
    assert SECRET not in log
    assert "Traceback" not in log


def start(*arguments, **variables):
    nowhere = {f"CELERIAC_REDIS__{role}_URL": "redis://127.0.0.1:1/0" for role in ("BROKER", "RESULTS", "CACHE")}
    nowhere["CELERIAC_TARGETS__MAIN__URL"] = "postgresql://127.0.0.1:1/nowhere"
    ended = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "worker.app", *arguments],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "CELERIAC_TARGETS__MAIN__URL": "postgresql://127.0.0.1:1/x",
            **nowhere,
            **variables,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stderr
