import pytest

from celeriac.health import store as health
from celeriac.health.finding import Finding
from celeriac.metrics import history
from celeriac.metrics.samplers import activity
from config.database import ledger
from web.documents import changes

V1 = "/api/v1"


def test_the_monitor_has_the_shape_that_callers_know(client):
    found = client.get(f"{V1}/performance/monitor").json()
    assert found["database"]["total_queries"] > 0
    assert found["database"]["avg_query_time"] >= 0
    assert found["cache"]["connected_clients"] >= 1
    assert found["cache"]["used_memory_human"].endswith(("K", "M"))
    assert found["cache"]["total_keys"] >= 0
    assert found["timestamp"]


def test_statistics_tell_everything_in_figures(stocked):
    found = stocked.get(f"{V1}/performance/stats").json()
    assert found["mode"] == "observe"
    assert found["changes"] == {"proposed": 10, "kept": 10, "reverted": 10}
    assert found["saved_ms_per_hour"] == 5_000


def test_recommendations_are_what_waits_for_a_decision(stocked):
    found = stocked.get(f"{V1}/recommendations").json()
    assert {line["state"] for line in found["items"]} == {"proposed"}
    one = stocked.get(f"{V1}/recommendations/{found['items'][0]['id']}").json()
    assert one["possible"] == ["approve", "reject"]


def test_the_ledger_is_paged_by_cursor(stocked):
    seen, cursor = [], None
    while True:
        query = {"limit": 7} | ({"cursor": cursor} if cursor else {})
        page = stocked.get(f"{V1}/ledger", params=query).json()
        seen += [line["id"] for line in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 30


def test_the_ledger_is_filtered(stocked):
    found = stocked.get(f"{V1}/ledger", params={"state": ["kept", "reverted"], "table": "jobs"}).json()["items"]
    assert {line["state"] for line in found} == {"kept", "reverted"}
    assert {line["table"] for line in found} == {"public.jobs"}


def test_statements_are_listed_and_read(stocked):
    top = stocked.get(f"{V1}/statements", params={"order": "mean_ms", "limit": 2}).json()
    assert [line["fingerprint"] for line in top["items"]] == ["f5", "f4"]
    one = stocked.get(f"{V1}/statements/f5").json()
    assert one["query"].startswith("SELECT * FROM jobs")
    assert one["history"]


def test_a_statement_that_cannot_be_planned_says_why(stocked):
    found = stocked.get(f"{V1}/statements/f5/plans").json()
    assert "jobs" in found["reason"]
    assert found["before"] == []


def test_findings_come_with_their_cure(client):
    with ledger() as state:
        health.record(
            state, "main", [Finding("bloat", "critical", "jobs", "jobs wastes", {"bytes": 1.0}, "VACUUM jobs")]
        )
    (found,) = client.get(f"{V1}/findings", params={"severity": "critical"}).json()["items"]
    assert (found["cure"], found["evidence"]) == ("VACUUM jobs", {"bytes": 1.0})


@pytest.mark.parametrize(
    "path", ["alerts", "cache", "targets", "overview", "schedule", "queues", "statements/regressions"]
)
def test_everything_else_can_be_read(stocked, path):
    assert stocked.get(f"{V1}/{path}").status_code == 200


def test_what_has_not_changed_is_not_sent_again(stocked):
    first = stocked.get(f"{V1}/ledger")
    again = stocked.get(f"{V1}/ledger", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = stocked.get(f"{V1}/ledger", headers={"If-None-Match": 'W/"other"'})
    assert other.status_code == 200


def test_large_answers_are_compressed_for_who_understands_it(stocked):
    packed = stocked.get(f"{V1}/ledger")
    plain = stocked.get(f"{V1}/ledger", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.json() == plain.json()


def test_many_readers_cost_one_read(api_settings, configure, client, monkeypatch):
    configure(api__fresh_for="60s")
    reads = []
    original = changes.page
    monkeypatch.setattr(changes, "page", lambda *args, **given: reads.append(1) or original(*args, **given))
    for _ in range(5):
        assert client.get(f"{V1}/ledger").status_code == 200
    assert len(reads) == 1


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("ledger/999", 404, "ChangeUnknown"),
        ("statements/nothing", 404, "StatementUnknown"),
        ("ledger?target=elsewhere", 404, "TargetUnknown"),
        ("tasks/0b8c2c1e-52c5-4b0e-9d1a-6f3a1f0f9a11", 404, "TaskUnknown"),
        ("ledger?limit=0", 422, "RequestWrong"),
        ("ledger?state=imaginary", 422, "RequestWrong"),
        ("ledger/-1", 422, "RequestWrong"),
        ("nowhere", 404, "Refused"),
    ],
)
def test_refusals_are_problem_documents(client, path, status, code):
    answer = client.get(f"{V1}/{path}")
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["detail"]


def test_a_method_that_is_not_there_names_those_that_are(client):
    answer = client.put(f"{V1}/ledger")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


def test_a_database_that_is_away_is_503_with_when_to_ask_again(configure, client):
    configure(targets__main__url="postgresql://127.0.0.1:1/nowhere")
    answer = client.get(f"{V1}/ledger")
    assert (answer.status_code, answer.json()["code"]) == (503, "TargetAway")
    assert int(answer.headers["Retry-After"]) > 0


def test_the_probes_need_no_token(anonymous):
    assert anonymous.get("/healthz").json() == {"status": "ok"}
    ready = anonymous.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert set(ready.json()["checks"]) == {"ledger of main", "broker", "results", "keys"}


def test_who_cannot_work_is_not_ready(configure, anonymous):
    configure(redis__broker_url="redis://127.0.0.1:1/0", targets__main__url="postgresql://127.0.0.1:1/nowhere")
    ready = anonymous.get("/readyz")
    assert ready.status_code == 503
    assert [name for name, holds in ready.json()["checks"].items() if not holds] == ["ledger of main", "broker"]


def test_metrics_are_written_for_prometheus(client, anonymous):
    with ledger() as state:
        history.record(state, "main", [activity.CONNECTIONS.of(4, state="active")])
    text = client.get("/metrics").text
    assert 'celeriac_postgres_connections{state="active",target="main"} 4.0' in text
    assert anonymous.get("/metrics").status_code == 401


def test_the_description_is_served_and_read_again_for_nothing(anonymous):
    first = anonymous.get("/openapi.json")
    assert first.json()["openapi"].startswith("3.")
    again = anonymous.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_statements_are_paged_by_cursor(stocked):
    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = stocked.get(f"{V1}/statements", params=query).json()
        seen += [line["fingerprint"] for line in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["f5", "f4", "f3", "f2", "f1"]
    assert stocked.get(f"{V1}/statements", params={"cursor": "5"}).status_code == 422
