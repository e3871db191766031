"""Maintenance through the API: what tables need, by pages; a person's word on it; settings given back."""

import base64
import json
from collections.abc import Iterator

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from sqlalchemy import text

import tasks
from config.database import ledger
from config.redis import broker_client
from web.documents import maintenance, overview
from worker.configuration import configuration

from .conftest import bearer
from .stock import maintained, stock, was_set

V1 = "/api/v1/maintenance"
SETTINGS = "SELECT reloptions FROM pg_class WHERE oid = 'public.jobs'::regclass"


@pytest.fixture
def ddl_worker(api_settings) -> Iterator[Celery]:
    """A worker of the queue for DDL in a thread of this process."""
    made = Celery("ddl", set_as_current=True)
    made.conf.update(configuration(api_settings))
    made.conf.imports = tasks.MODULES
    made.loader.import_default_modules()
    with start_worker(made, perform_ping_check=False, pool="solo", shutdown_timeout=20, queues=["celeriac.ddl"]):
        yield made


def test_runs_are_paged_by_cursor_without_gap_or_repetition(client):
    maintained(30)
    seen, cursor = [], None
    while True:
        query = {"limit": 7} | ({"cursor": cursor} if cursor else {})
        page = client.get(V1, params=query).json()
        seen += [line["id"] for line in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == 30


def test_runs_are_filtered_by_state_kind_and_table(client):
    maintained(30)
    found = client.get(V1, params={"state": ["proposed", "done"], "kind": "vacuum"}).json()["items"]
    assert {line["state"] for line in found} == {"proposed", "done"}
    assert {line["kind"] for line in found} == {"vacuum"}
    assert [line["table"] for line in client.get(V1, params={"table": "public.t4"}).json()["items"]] == ["public.t4"]


def test_one_run_has_its_figures_and_what_a_person_may_do(client):
    maintained(3)
    one = {line.state: line.id for line in maintenance.page("main").items}
    assert client.get(f"{V1}/{one['proposed']}").json()["possible"] == ["approve", "reject"]
    done = client.get(f"{V1}/{one['done']}").json()
    assert (done["possible"], done["before"]["dead"], done["after"]["dead"]) == ([], 400, 0)


def test_what_has_not_changed_is_not_sent_again(client):
    maintained(3)
    first = client.get(V1)
    again = client.get(V1, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_approving_stands_in_the_audit_and_is_told_to_the_workers(client):
    maintained(3)
    (proposed,) = client.get(V1, params={"state": "proposed"}).json()["items"]
    answer = client.post(f"{V1}/{proposed['id']}/approve").json()
    assert (answer["state"], answer["dispatched"]) == ("approved", True)
    step = client.get(f"{V1}/{proposed['id']}").json()["steps"][-1]
    assert (step["from_state"], step["to_state"], step["actor"]) == ("proposed", "approved", "api:ann")
    assert [one["headers"]["task"] for one in sent("celeriac\x06\x165")] == ["celeriac.maintenance.apply"]


def test_rejecting_keeps_its_reason(client):
    maintained(3)
    (proposed,) = client.get(V1, params={"state": "proposed"}).json()["items"]
    client.post(f"{V1}/{proposed['id']}/reject", json={"reason": "a staging table"})
    step = client.get(f"{V1}/{proposed['id']}").json()["steps"][-1]
    assert (step["to_state"], step["reason"]) == ("rejected", "a staging table")


def test_what_a_run_cannot_become_is_a_conflict_and_what_is_not_there_is_said(client):
    maintained(3)
    done = maintenance.page("main", state=("done",)).items[0].id
    for decision, code in (("approve", "MoveForbidden"), ("reject", "MoveForbidden"), ("revert", "NothingToUndo")):
        answer = client.post(f"{V1}/{done}/{decision}")
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert client.get(f"{V1}/4711").json()["code"] == "RunUnknown"
    assert client.get(V1, params={"state": "burning"}).status_code == 422


def test_deciding_needs_its_scope(client):
    maintained(3)
    proposed = maintenance.page("main", state=("proposed",)).items[0].id
    only_read = bearer("performance:read performance:optimize")
    for decision in ("approve", "reject", "revert"):
        assert client.post(f"{V1}/{proposed}/{decision}", headers=only_read).status_code == 403
    assert client.get(V1, headers=only_read).status_code == 200


def test_a_decision_that_is_repeated_with_its_key_is_told_again(client):
    maintained(3)
    proposed = maintenance.page("main", state=("proposed",)).items[0].id
    key = {"Idempotency-Key": "yes"}
    first, again = (client.post(f"{V1}/{proposed}/approve", headers=key) for _ in range(2))
    assert first.json() == again.json()
    assert client.post(f"{V1}/{proposed}/approve").status_code == 409


def test_a_decision_stands_where_the_broker_is_away_and_an_undo_is_refused(configure, client):
    maintained(3)
    proposed, run = maintenance.page("main", state=("proposed",)).items[0].id, was_set()
    configure(redis__broker_url="redis://127.0.0.1:1/0")
    assert client.post(f"{V1}/{proposed}/approve").json()["dispatched"] is False
    assert client.post(f"{V1}/{run}/revert").json()["code"] == "BrokerAway"
    assert maintenance.one("main", run).possible == ("revert",)


def test_settings_are_given_back_in_the_name_of_who_asked(client, ddl_worker):
    run = was_set()
    answer = client.post(f"{V1}/{run}/revert", json={"reason": "it is read more"}, params={"wait": 20})
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert answer.json()["data"]["status"] == "reverted"
    step = client.get(f"{V1}/{run}").json()["steps"][-1]
    assert (step["to_state"], step["actor"], step["reason"]) == ("reverted", "api:ann", "it is read more")
    with ledger() as state:
        assert state.execute(text(SETTINGS)).scalar_one() is None


def test_an_undo_goes_to_the_queue_for_ddl_and_is_found_at_its_location(client):
    run = was_set()
    answer = client.post(f"{V1}/{run}/revert", params={"wait": 0})
    assert answer.status_code == 202
    assert client.get(answer.headers["Location"]).json()["task"] == "celeriac.maintenance.revert"
    (message,) = sent("celeriac.ddl\x06\x165")
    arguments = json.loads(base64.b64decode(message["body"]))[1]
    assert arguments == {"run_id": run, "actor": "api:ann", "reason": "asked for", "target": "main"}


def test_settings_that_somebody_else_changed_since_are_not_undone(client):
    run = was_set()
    with ledger() as state:
        state.execute(text("ALTER TABLE public.jobs SET (autovacuum_vacuum_scale_factor = 0.5)"))
    answer = client.post(f"{V1}/{run}/revert")
    assert (answer.status_code, answer.json()["code"]) == (409, "ChangedSince")


def test_the_overview_counts_what_waits(client):
    stock(3)
    maintained(30)
    assert overview.overview("main").maintenance_waiting == 10


def sent(queue):
    return [json.loads(message) for message in broker_client().lrange(queue, 0, -1)]
