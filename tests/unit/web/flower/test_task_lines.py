from types import SimpleNamespace

import pytest

from web.flower import task_lines
from web.flower.task_lines import asked, came, format_task, hidden

SECRETS = (
    "postgresql://app:hush@db:5432/app",
    "redis://:hush@cache:6379/0",
    "{'password': 'hush'}",
    "{'api_key': \"hush\", 'target': 'main'}",
    "{'auth_token': 'hush'}",
    "host=db password=hush user=app",
    "Authorization: 'Bearer hush'",
    "connection to postgresql://app:hush@db failed: password authentication failed",
)


@pytest.mark.parametrize("text", SECRETS)
def test_no_secret_is_shown(text):
    assert "hush" not in hidden(text)


@pytest.mark.parametrize(
    "text", ["{'target': 'main', 'reason': 'password policy'}", "SELECT token FROM t", "redis://cache:6379/0", ""]
)
def test_what_is_no_secret_stays(text):
    assert hidden(text) == text


def test_secrets_of_other_applications_tasks_are_hidden_too_and_nothing_else_is_changed():
    task = one("shop.pay", kwargs="{'card_token': 'hush', 'amount': 3}", result="'paid'")
    shown = format_task(task)
    assert shown.kwargs == "{'card_token': '***', 'amount': 3}"
    assert shown.result == "'paid'"


def test_our_tasks_are_told_in_a_line():
    task = one(
        "celeriac.indexes.recommend",
        kwargs="{'target': 'main'}",
        result="{'status': 'done', 'mode': 'approve', 'recommendations': 3, 'proposed': [7, 8], 'refused': 0}",
    )
    shown = format_task(task)
    assert shown.kwargs == "main"
    assert shown.result == "done · mode approve · recommendations 3 · proposed 7, 8"


@pytest.mark.parametrize("result", [None, "", "{'status': 'done', 'cut': [1, 2, ...", "3/7 indexes jobs (status)", 7])
def test_what_cannot_be_read_is_shown_as_it_is(result):
    assert came(result) == result


def test_what_was_asked_names_the_change_first():
    assert asked("{'target': 'main', 'change_id': 4, 'by_person': True}") == "change 4 · main · by_person: True"
    assert asked(None) is None
    assert asked("...") == "..."


def test_maintenance_is_told_with_its_run_and_what_came_of_it():
    task = one(
        "celeriac.maintenance.run",
        kwargs="{'run_id': 3, 'target': 'main'}",
        result="{'run_id': 3, 'status': 'done', 'outcome': '400 of 400 dead rows are gone'}",
    )
    shown = format_task(task)
    assert shown.kwargs == "maintenance run 3 · main"
    assert shown.result == "done: 400 of 400 dead rows are gone"
    assert came("{'run_id': 3, 'status': 'approved', 'dispatched': [3], 'held_back': 0}") == "approved · dispatched 3"


def test_a_line_is_a_line_whatever_a_result_holds():
    assert len(came(repr({"status": "done", "many": ["x" * 50] * 50}))) == task_lines.LONGEST
    assert came("{'decided': {'keep': 2, 'wait': 1}, 'rows': [{'a': 1}]}") == "done · decided: keep 2, wait 1 · rows 1"


def test_a_task_without_a_name_is_no_error():
    assert format_task(one(None)).name is None


def one(name, **given):
    fields = {"args": None, "kwargs": None, "result": None, "exception": None, "traceback": None, **given}
    return SimpleNamespace(name=name, uuid="1", **fields)
