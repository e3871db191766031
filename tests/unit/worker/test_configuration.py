import re
from datetime import timedelta
from importlib import import_module

import pytest
from celery import Celery

import tasks
from config.sections.working import TaskSettings
from config.settings import Settings
from worker.configuration import DDL, DDL_TASKS, GENERAL, VisibilityTooShort, configuration, refuse_short_visibility


@pytest.fixture
def settings(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return Settings(role="worker")


def test_a_visibility_below_the_longest_limit_refuses_the_start(settings):
    short = settings.model_copy(update={"tasks": TaskSettings(visibility_timeout=timedelta(hours=5))})
    with pytest.raises(VisibilityTooShort, match="is 18000 s; below 18300 s, tasks would run twice"):
        configuration(short)


def test_a_tasks_own_limit_counts_too(settings):
    with pytest.raises(VisibilityTooShort):
        refuse_short_visibility(settings, [None, 7 * 3600])


def test_nothing_but_json_is_accepted(settings):
    made = configuration(settings)
    assert made["accept_content"] == made["result_accept_content"] == ["json"]
    assert {made["task_serializer"], made["result_serializer"], made["event_serializer"]} == {"json"}


def test_every_priority_has_a_step_of_its_own(settings):
    made = configuration(settings)
    assert made["broker_transport_options"]["priority_steps"] == list(range(10))
    assert made["task_default_priority"] == 5


def test_nothing_is_reserved_or_acknowledged_early(settings):
    made = configuration(settings)
    assert made["task_acks_late"] is made["worker_disable_prefetch"] is True
    assert made["worker_prefetch_multiplier"] == 1
    assert made["task_reject_on_worker_lost"] is False


def test_soft_limits_strike_before_hard_ones_and_both_before_redelivery(settings):
    made = configuration(settings)
    visibility_s = made["broker_transport_options"]["visibility_timeout"]
    assert made["task_soft_time_limit"] < made["task_time_limit"] < visibility_s
    for task in DDL_TASKS:
        limits = made["task_annotations"][task]
        assert limits["soft_time_limit"] < limits["time_limit"] < visibility_s
    assert settings.tasks.retry_backoff_max_s < visibility_s
    assert made["visibility_timeout"] == made["result_backend_transport_options"]["visibility_timeout"] == visibility_s


def test_a_lost_run_comes_again_after_its_lease_has_ended(settings):
    assert (
        configuration(settings)["task_annotations"]["*"]["default_retry_delay"] > settings.tasks.lease.total_seconds()
    )


def test_ddl_goes_to_its_own_queue(settings):
    app = Celery("routes", set_as_current=False)
    app.conf.update(configuration(settings))
    queue_of = {name: app.amqp.router.route({}, name)["queue"].name for name in (*DDL_TASKS, "celeriac.indexes.apply")}
    assert queue_of == dict.fromkeys(DDL_TASKS, DDL) | {"celeriac.indexes.apply": GENERAL}


def test_a_misspelt_queue_is_refused(settings):
    app = Celery("routes", set_as_current=False)
    app.conf.update(configuration(settings))
    with pytest.raises(Exception, match="dll"):
        app.amqp.router.route({"queue": "celeriac.dll"}, "celeriac.indexes.apply")


def test_a_build_is_not_killed_when_the_broker_connection_is_lost(settings):
    assert configuration(settings)["worker_cancel_long_running_tasks_on_connection_loss"]
    builder = settings.model_copy(update={"role": "ddl"})
    assert not configuration(builder)["worker_cancel_long_running_tasks_on_connection_loss"]


def test_tasks_are_named_after_a_noun_and_a_verb_and_take_a_target():
    app = Celery("inventory", set_as_current=False)
    for module in tasks.MODULES:
        import_module(module)
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    assert ours
    for task in ours:
        assert re.fullmatch(r"celeriac\.[a-z]+\.[a-z_]+", task.name)
        assert "target" in task.run.__code__.co_varnames[: task.run.__code__.co_argcount], task.name
