import json
import logging

import pytest

from config import logs
from config.sections.working import LogSettings


@pytest.fixture
def lines(capsys):
    """What the root logger wrote since it was configured."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield lambda: capsys.readouterr().err.splitlines()
    root.handlers[:], level = before
    root.setLevel(level)


def test_a_line_names_its_task_and_target(lines):
    logs.configure(LogSettings())
    with logs.task_context("celeriac.indexes.verify", "seven", "main"):
        logging.getLogger("celeriac").info("judged %d", 3)
    logging.getLogger("celeriac").info("idle")
    inside, outside = lines()
    assert inside.endswith("INFO celeriac [celeriac.indexes.verify seven main] judged 3")
    assert outside.endswith("INFO celeriac [- - -] idle")


def test_lines_can_be_json(lines):
    logs.configure(LogSettings(json_lines=True))
    with logs.task_context("celeriac.indexes.verify", "seven", "main"):
        logging.getLogger("celeriac").warning("judged %d", 3)
    (line,) = map(json.loads, lines())
    assert (line["message"], line["task"], line["task_id"], line["target"]) == (
        "judged 3",
        "celeriac.indexes.verify",
        "seven",
        "main",
    )
    assert line["levelname"] == "WARNING"


def test_what_is_below_the_level_is_not_written(lines):
    logs.configure(LogSettings(level="ERROR"))
    logging.getLogger("celeriac").warning("said")
    assert lines() == []
