"""What callers begin and decide, with a worker that does it."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from config.database import ledger
from config.redis import broker_client, results_client
from web.api import events
from web.documents import changes, tasks

from .conftest import bearer

V1 = "/api/v1"
DATABASE = f"{V1}/performance/optimize/database"
CACHING = f"{V1}/performance/optimize/caching"


def test_optimizing_the_database_waits_for_its_result(client, worker):
    answer = client.post(DATABASE)
    found = answer.json()
    assert (answer.status_code, found["success"]) == (200, True)
    assert found["data"]["status"] == "waiting"
    assert found["data"]["slow_queries"] == []
    assert "capture" in found["message"]


def test_optimizing_the_caches_says_what_was_done(client, worker):
    found = client.post(CACHING).json()
    assert found["data"]["cache_implemented"]["warmed"] == 0
    assert found["data"]["cache_stats"]["clients"] >= 1
    assert "warmers" in found["message"]


def test_what_takes_longer_is_found_at_its_location(client):
    answer = client.post(CACHING, params={"wait": 0})
    assert answer.status_code == 202
    where = answer.headers["Location"]
    assert where == f"{V1}/tasks/{answer.json()['data']['task_id']}"
    found = client.get(where).json()
    assert (found["state"], found["finished"], found["target"]) == ("PENDING", False, "main")


def test_the_same_work_is_begun_once_for_everybody(client):
    first = client.post(CACHING, params={"wait": 0})
    second = client.post(CACHING, params={"wait": 0}, headers=bearer(sub="bob"))
    assert first.json()["data"]["task_id"] == second.json()["data"]["task_id"]
    assert second.json()["data"]["already_running"]


def test_of_many_who_ask_at_once_one_begins_the_work(client):
    answers = at_once(8, lambda: client.post(CACHING, params={"wait": 0}).json()["data"]["task_id"])
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert broker_client().llen("celeriac\x06\x165") == 1
    assert audit("celeriac.performance.optimize_caching") == ["api:ann"]


def test_a_key_that_is_used_twice_at_once_begins_one_run(client):
    key = {"Idempotency-Key": "monday"}
    answers = at_once(6, lambda: client.post(DATABASE, params={"wait": 0}, headers=key))
    ids = {one.json()["data"]["task_id"] for one in answers if one.status_code == 202}
    assert len(ids) == 1
    assert {one.status_code for one in answers} <= {202, 409}


def at_once(times, act):
    with ThreadPoolExecutor(times) as pool:
        return [one.result() for one in [pool.submit(act) for _ in range(times)]]


def test_work_that_somebody_else_runs_is_joined(client):
    results_client().set("celeriac:lease:celeriac.cache.warm:main", "0b8c2c1e-52c5-4b0e-9d1a-6f3a1f0f9a11")
    found = client.post(f"{V1}/cache/warm", params={"wait": 0}).json()
    assert found["data"] == {
        "task_id": "0b8c2c1e-52c5-4b0e-9d1a-6f3a1f0f9a11",
        "status": "pending",
        "already_running": True,
    }


def test_a_run_that_was_skipped_leads_to_the_one_that_did_the_work(client):
    skipped, did = str(tasks_id()), str(tasks_id())
    results_client().set("celeriac:lease:celeriac.cache.warm:main", skipped)
    keep(skipped, {"status": "skipped", "reason": "it runs already", "holder": did})
    keep(did, {"status": "done", "warmed": 3})
    found = client.post(f"{V1}/cache/warm").json()
    assert (found["data"]["task_id"], found["message"]) == (did, "3 entries warmed")


def keep(task_id, result):
    results_client().set(f"celery-task-meta-{task_id}", json.dumps({"status": "SUCCESS", "result": result}))


def test_work_that_has_ended_can_be_begun_again(client, worker):
    first, second = client.post(CACHING).json(), client.post(CACHING).json()
    assert first["data"]["task_id"] != second["data"]["task_id"]


def test_a_request_that_is_repeated_with_its_key_is_done_once(client, worker):
    key = {"Idempotency-Key": "monday"}
    first = client.post(CACHING, headers=key)
    again = client.post(CACHING, headers=key)
    assert first.json()["data"]["task_id"] == again.json()["data"]["task_id"]
    assert client.post(CACHING, headers=bearer(sub="bob") | key).json() != first.json()


def test_a_key_belongs_to_one_request(client):
    key = {"Idempotency-Key": "monday"}
    client.post(CACHING, params={"wait": 0}, headers=key)
    answer = client.post(DATABASE, params={"wait": 0}, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (409, "KeyUsed")


def test_without_a_worker_the_answer_comes_in_time(client):
    began = time.monotonic()
    assert client.post(CACHING, params={"wait": 0.3}).status_code == 202
    assert time.monotonic() - began < 3


def test_without_a_broker_the_answer_is_503_at_once(configure, client):
    configure(redis__broker_url="redis://127.0.0.1:1/0")
    began = time.monotonic()
    answer = client.post(CACHING, headers={"Idempotency-Key": "monday"})
    assert (answer.status_code, answer.json()["code"]) == (503, "BrokerAway")
    assert int(answer.headers["Retry-After"]) > 0
    assert time.monotonic() - began < 5


def test_what_could_not_be_begun_can_be_begun_later_with_the_same_key(configure, client, api_settings):
    key = {"Idempotency-Key": "monday"}
    configure(redis__broker_url="redis://127.0.0.1:1/0")
    assert client.post(CACHING, headers=key).status_code == 503
    configure(redis__broker_url=api_settings.redis.broker_url.get_secret_value())
    assert client.post(CACHING, params={"wait": 0}, headers=key).status_code == 202


def test_without_redis_nothing_hangs(configure, client):
    configure(**{f"redis__{name}_url": "redis://127.0.0.1:1/0" for name in ("broker", "results", "cache")})
    for answer in (client.post(CACHING), client.get(f"{V1}/performance/monitor"), client.get(f"{V1}/queues")):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]


def test_a_subject_that_asks_too_much_is_told_when_to_come_back(configure, client):
    configure(api__changes_per_minute="2", api__reads_per_minute="3")
    statuses = [client.post(CACHING, params={"wait": 0}) for _ in range(4)]
    assert 429 in {one.status_code for one in statuses}
    assert 0 < int(statuses[-1].headers["Retry-After"]) <= 60
    assert 429 in {client.get(f"{V1}/ledger").status_code for _ in range(8)}
    assert client.get(f"{V1}/ledger", headers=bearer(sub="bob")).status_code == 200


def test_approving_stands_in_the_audit_with_the_subject(stocked):
    (line, *_) = stocked.get(f"{V1}/recommendations").json()["items"]
    answer = stocked.post(f"{V1}/recommendations/{line['id']}/approve").json()
    assert (answer["state"], answer["dispatched"]) == ("approved", True)
    step = stocked.get(f"{V1}/ledger/{line['id']}").json()["steps"][-1]
    assert (step["to_state"], step["actor"]) == ("approved", "api:ann")


def test_rejecting_and_reverting_give_their_reason(stocked):
    proposed = changes.page("main", state="proposed").items[0].id
    kept = changes.page("main", state="kept").items[0].id
    stocked.post(f"{V1}/recommendations/{proposed}/reject", json={"reason": "the table goes"})
    assert changes.one("main", proposed).steps[-1].reason == "the table goes"
    assert stocked.post(f"{V1}/ledger/{kept}/revert", json={"reason": "it harms"}).json()["state"] == "reverting"
    assert "it harms" in changes.one("main", kept).steps[-1].reason


def test_what_a_change_cannot_become_is_a_conflict(stocked):
    kept = changes.page("main", state="kept").items[0].id
    answer = stocked.post(f"{V1}/recommendations/{kept}/approve")
    assert (answer.status_code, answer.json()["code"]) == (409, "ForbiddenTransition")


def test_a_decision_that_is_repeated_with_its_key_is_told_again(stocked):
    proposed = changes.page("main", state="proposed").items[0].id
    key = {"Idempotency-Key": "yes"}
    first = stocked.post(f"{V1}/recommendations/{proposed}/approve", headers=key)
    again = stocked.post(f"{V1}/recommendations/{proposed}/approve", headers=key)
    assert first.json() == again.json()
    assert stocked.post(f"{V1}/recommendations/{proposed}/approve").status_code == 409


def test_a_decision_stands_where_the_broker_is_away(configure, stocked):
    configure(redis__broker_url="redis://127.0.0.1:1/0")
    proposed = changes.page("main", state="proposed").items[0].id
    answer = stocked.post(f"{V1}/recommendations/{proposed}/approve").json()
    assert (answer["state"], answer["dispatched"]) == ("approved", False)


def test_of_many_who_decide_at_once_one_does(stocked):
    proposed = changes.page("main", state="proposed").items[0].id
    answers = at_once(6, lambda: stocked.post(f"{V1}/recommendations/{proposed}/approve").status_code)
    assert sorted(answers) == [200] + [409] * 5


def test_alerts_are_silenced_and_heard_again(client):
    made = client.post(f"{V1}/alerts/silences", json={"rule": "disk_*", "minutes": 5, "reason": "new disk"})
    assert (made.status_code, made.json()["actor"]) == (201, "api:ann")
    assert len(client.get(f"{V1}/alerts").json()["silences"]) == 1
    assert client.delete(f"{V1}/alerts/silences/{made.json()['id']}").status_code == 200
    assert client.get(f"{V1}/alerts").json()["silences"] == []
    assert client.delete(f"{V1}/alerts/silences/{made.json()['id']}").status_code == 404


def test_what_was_cached_is_not_read_any_more(client, api_settings):
    from celeriac.cache import MISS, Cache
    from config.redis import cache_client

    cache = Cache(cache_client(), namespace="users")
    cache.set("ann", 1)
    assert client.post(f"{V1}/cache/invalidate", json={"namespace": "users"}).json()["success"]
    assert cache.get("ann") is MISS
    cache.close()
    assert audit("celeriac.cache.invalidate") == ["api:ann"]


@pytest.mark.parametrize("body", [{}, {"pattern": "a*"}, {"namespace": ""}, {"nothing": 1}, [], None])
def test_an_invalidation_that_names_nothing_is_refused(client, body):
    assert client.post(f"{V1}/cache/invalidate", json=body).status_code == 422


def test_beginning_work_stands_in_the_audit(client):
    client.post(CACHING, params={"wait": 0})
    assert audit("celeriac.performance.optimize_caching") == ["api:ann"]


def test_a_run_is_followed_until_it_ends(client, worker):
    where = client.post(CACHING, params={"wait": 0}).headers["Location"]
    with client.stream("GET", f"{where}/events") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        text = "".join(answer.iter_text())
    assert text.rstrip().splitlines()[-2] == "event: done"
    assert '"state":"SUCCESS"' in text


def test_a_stream_ends_with_its_token_and_one_subject_has_so_many(client):
    where = client.post(CACHING, params={"wait": 0}).headers["Location"]
    began = time.monotonic()
    with client.stream("GET", f"{where}/events", headers=bearer(exp=time.time() + 1)) as answer:
        assert "event: progress" in "".join(answer.iter_text())
    assert 0.5 < time.monotonic() - began < 10
    events._open["ann"] = events.MOST
    try:
        assert client.get(f"{where}/events").status_code == 429
    finally:
        del events._open["ann"]


def test_a_run_that_failed_says_why(client, worker):
    worker.send_task("celeriac.indexes.approve", kwargs={"change_id": 4711}, task_id=(task := str(tasks_id())))
    while not client.get(f"{V1}/tasks/{task}").json().get("finished"):
        time.sleep(0.05)
    found = client.get(f"{V1}/tasks/{task}").json()
    assert (found["state"], found["task"], found["target"]) == ("FAILURE", "celeriac.indexes.approve", "main")
    assert "There is no change 4711" in found["error"]


def test_work_that_fails_is_a_problem_with_its_sentence(client, worker, configure):
    results_client().set("celeriac:lease:celeriac.cache.warm:main", failed := str(tasks_id()))
    worker.send_task("celeriac.indexes.approve", kwargs={"change_id": 4711}, task_id=failed)
    answer = client.post(f"{V1}/cache/warm")
    assert (answer.status_code, answer.json()["code"]) == (500, "TaskFailed")
    assert "4711" in answer.json()["detail"]


def tasks_id():
    import uuid

    return uuid.uuid4()


def audit(task):
    from sqlalchemy import text

    with ledger() as state:
        found = state.execute(text("SELECT actor FROM celeriac.audit_event WHERE reason = :task"), {"task": task})
        return [*found.scalars()]


def test_ids_of_tasks_are_checked_before_they_become_keys():
    assert not tasks.is_id("x")
    assert not tasks.is_id("0b8c2c1e-52c5-4b0e-9d1a-6f3a1f0f9a11\n")
