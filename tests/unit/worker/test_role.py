import re
from pathlib import Path

import pytest

from worker import role
from worker.configuration import DDL, GENERAL

ROOT = Path(__file__).parents[3]


@pytest.fixture
def became(monkeypatch):
    """What this process would have become."""
    commands = []
    monkeypatch.setenv("CELERIAC_ROLE", "unset")
    monkeypatch.setattr(role.os, "execv", lambda _path, command: commands.append(command))
    return commands


def test_an_unknown_role_is_named_with_the_known_ones():
    with pytest.raises(role.RoleUnknown, match="no role 'bet'; roles: worker, ddl, beat, flower, api, migrate"):
        role.become("bet")


@pytest.mark.parametrize(("name", "queue"), [("worker", GENERAL), ("ddl", DDL)])
def test_each_worker_takes_from_its_own_queue(became, name, queue):
    role.become(name, "--loglevel", "debug")
    assert became[0][became[0].index("--queues") + 1] == queue
    assert became[0][-2:] == ("--loglevel", "debug")
    assert role.os.environ["CELERIAC_ROLE"] == name


def test_no_role_has_a_secret_in_its_arguments():
    assert not [word for command in role.ROLES.values() for word in command if "password" in word or "auth" in word]


def test_compose_runs_every_role():
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"command: \[(\w+)\]", text)) == set(role.ROLES)


def test_the_image_holds_all_that_the_roles_import():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = set(re.findall(r"^COPY (\w[\w.]*) ", text, re.MULTILINE))
    assert {"beat_schedule.py", "config", "tasks", "worker", "celeriac"} <= copied
