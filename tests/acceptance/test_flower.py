"""What operators see and do in Flower."""

import pytest

from tests.acceptance.conftest import SECRET, eventually

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def worker(system, flower):
    with system.worker(concurrency=2) as process:
        yield process


@pytest.fixture(autouse=True)
def _fresh(system):
    system.results.delete("go")


def test_nothing_is_shown_or_started_without_credentials(flower):
    assert flower.get("/api/workers", user=None)[0] == 401
    assert flower.get("/tasks", user=None)[0] == 401
    path = "/api/task/async-apply/celeriac.performance.optimize_database"
    assert flower.post(path, {"kwargs": {}}, user=None)[0] == 401
    assert flower.post(path, {"kwargs": {}}, user="stranger")[0] == 401


def test_an_operator_starts_the_optimization_and_reads_its_result(flower):
    status, sent = flower.post("/api/task/async-apply/celeriac.performance.optimize_database", {"kwargs": {}})
    assert status == 200
    found = eventually(lambda: result_of(flower, sent["task-id"]))
    assert found["state"] == "SUCCESS"
    assert {"slow_queries", "recommendations", "status"} <= set(found["result"])


def test_progress_is_visible_while_it_lasts(system, caller, flower):
    result = caller.send_task("celeriac.test.work", kwargs={"steps": 1})
    shown = eventually(lambda: shown_of(flower, result.id, "PROGRESS", "3/7 indexes jobs (status)"))
    assert shown["name"] == "celeriac.test.work"
    assert result.info == {"done": 3, "total": 7, "unit": "indexes", "note": "jobs (status)"}
    system.results.set("go", 1)
    assert eventually(lambda: shown_of(flower, result.id, "SUCCESS", "steps"))


def test_a_second_run_is_skipped_and_told_who_has_the_first(system, caller):
    first = caller.send_task("celeriac.test.work", kwargs={"steps": 1})
    eventually(lambda: first.state == "PROGRESS")
    second = caller.send_task("celeriac.test.work", kwargs={"steps": 1}).get(timeout=30)
    system.results.set("go", 1)
    assert (second["status"], second["holder"]) == ("skipped", first.id)
    assert first.get(timeout=30) == {"steps": 1}


def test_workers_are_listed_and_nothing_secret_with_them(flower):
    workers = eventually(lambda: "worker@test" in (found := flower.get("/api/workers?refresh=1")[1]) and found)
    pages = [flower.get(path)[1] for path in ("/tasks", "/broker", "/worker/worker@test", "/api/tasks", "/metrics")]
    assert "celeriac.performance.monitor" in workers["worker@test"]["registered"]
    assert SECRET not in str(workers) + str(pages)


def result_of(flower, task_id):
    status, found = flower.get(f"/api/task/result/{task_id}")
    return found if status == 200 and found["state"] in ("SUCCESS", "FAILURE") else None


def shown_of(flower, task_id, state, text):
    status, found = flower.get(f"/api/task/info/{task_id}")
    return found if status == 200 and found["state"] == state and text in str(found["result"]) else None
