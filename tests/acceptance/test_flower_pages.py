"""The Optimizer in a Flower that was started as an operator starts it."""

import re
import socket
from contextlib import closing
from urllib.parse import quote

import pytest

from tests.acceptance.conftest import SECRET, Flower, answers, eventually

pytestmark = pytest.mark.slow

PAGES = ("", "/indexes", "/statements", "/caches", "/health", "/schedule")


@pytest.fixture(scope="module", autouse=True)
def worker(system, flower):
    with system.worker(concurrency=2) as process:
        yield process


@pytest.fixture(scope="module")
def prefixed(system):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {
        "CELERIAC_FLOWER__PASSWORD": SECRET,
        "CELERIAC_FLOWER__PORT": str(port),
        "CELERIAC_FLOWER__ADDRESS": "127.0.0.1",
        "CELERIAC_FLOWER__URL_PREFIX": "monitor",
    }
    with system.running(
        "prefixed", "flower", "--conf=web/flower/flowerconfig.py", "--read_only", **variables
    ) as process:
        eventually(lambda: process.poll() is not None or answers(port))
        assert process.poll() is None, system.log("prefixed").read_text()
        yield Flower(port)


@pytest.mark.parametrize("page", PAGES)
def test_pages_open_with_the_password_alone(flower, page):
    assert flower.get(f"/optimizer{page}", user=None)[0] == 401
    assert flower.get(f"/optimizer{page}", user="stranger")[0] == 401
    status, shown = flower.get(f"/optimizer{page}")
    assert status == 200
    assert 'aria-current="page">Optimizer</a>' in re.sub(r"\s+", " ", shown)


@pytest.mark.parametrize("page", ["/workers", "/tasks", "/broker"])
def test_flower_s_own_pages_lead_to_the_optimizer(flower, prefixed, page):
    assert 'href="/optimizer"' in flower.get(page)[1]
    assert 'href="/monitor/optimizer"' in prefixed.get(f"/monitor{page}")[1]


def test_everything_a_page_asks_for_is_there_under_a_prefix_too(prefixed):
    status, shown = prefixed.get("/monitor/optimizer")
    assert status == 200
    asked = [path for path in re.findall(r'(?:src|href)="(/[^"]+)"', shown) if "favicon" not in path]
    assert len(asked) > 10
    assert all(path.startswith("/monitor/") for path in asked)
    assert {prefixed.get(path.replace("&amp;", "&"))[0] for path in set(asked)} == {200}
    assert prefixed.get("/optimizer")[0] == 404


def test_a_viewer_s_flower_shows_and_does_nothing(prefixed):
    assert "Pause every change" not in prefixed.get("/monitor/optimizer")[1]
    assert prefixed.post("/monitor/optimizer/pause", {})[0] == 403


def test_flower_s_list_tells_our_tasks_in_a_line_without_secrets(caller, flower):
    word = f"postgresql://app:{SECRET}@db/app"
    result = caller.send_task("celeriac.test.mark", kwargs={"word": word, "target": "main"})
    result.get(timeout=30)
    row = eventually(lambda: listed(flower, result.id))
    assert row["kwargs"] == "main · word: postgresql://app:***@db/app"
    assert SECRET not in str(row)
    assert SECRET not in flower.get(f"/task/{result.id}")[1]


def listed(flower, task_id):
    query = f"draw=1&start=0&length=10&search[value]={quote(task_id)}&order[0][column]=0&columns[0][data]=name"
    status, found = flower.get(f"/tasks/datatable?{query}&order[0][dir]=asc")
    assert status == 200
    rows = [row for row in found["data"] if row["uuid"] == task_id and row["state"] == "SUCCESS"]
    return rows[0] if rows else None
