import json
import logging
import time

import pytest
from celery import Celery
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy import text

from celeriac.metrics.samplers.queues import SENT_AT
from config import database
from config.logs import TaskContext
from config.redis import results_client
from config.refusals import TargetAway
from config.settings import TargetUnknown
from tasks import outcomes
from tasks.base import ArgumentsWrong, OptimizerTask
from tasks.lease import LeaseLost

LEASE = "celeriac:lease:celeriac.test.run:main"


def nothing(self, target: str = "main") -> None: ...


@pytest.fixture
def app(configured, redis_url):
    app = Celery("test", backend=redis_url, broker=redis_url, set_as_current=False)
    app.conf.update(task_store_eager_result=True, result_serializer="json")
    yield app
    app.close()


@pytest.fixture
def define(app):
    """Make a task of a function."""

    def make(function, **options):
        return app.task(function, name="celeriac.test.run", base=OptimizerTask, bind=True, shared=False, **options)

    return make


def test_an_unknown_target_fails_with_a_typed_reason(define):
    task = define(nothing)
    result = task.apply(kwargs={"target": "mian"})
    assert isinstance(result.result, TargetUnknown)
    assert outcomes.read()["celeriac.test.run"]["failed"] == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"limt": 3}, "got an unexpected keyword argument 'limt'"),
        ({"limit": "many"}, "limit: input should be a valid integer"),
        ({"target": ["main"]}, "target: input should be a valid string"),
    ],
)
def test_wrong_arguments_fail_before_anything_runs(define, arguments, reason):
    def run(self, limit: int = 1, target: str = "main") -> dict:
        raise AssertionError("must not run")

    result = define(run).apply(kwargs=arguments)
    assert isinstance(result.result, ArgumentsWrong)
    assert reason in str(result.result)


def test_a_wrong_value_is_not_repeated(define):
    def run(self, limit: int = 1) -> None: ...

    assert "hush" not in str(define(run).apply(kwargs={"limit": "hush"}).result)


def test_the_same_work_on_the_same_target_is_skipped_and_told_who_has_it(define):
    def run(self, target: str = "main") -> dict:
        return self.app.tasks[self.name].apply(kwargs={"target": target}, task_id="second").result

    skipped = define(run).apply(task_id="first").result
    assert skipped["status"] == "skipped"
    assert skipped["holder"] == "first"
    assert outcomes.read()["celeriac.test.run"]["skipped"] == 1


def test_work_on_another_target_goes_on(define, configure, configured):
    configure(targets__reports__url=configured.target("main").url.get_secret_value())

    def run(self, target: str = "main") -> str:
        if target == "reports":
            return "ran"
        return self.app.tasks[self.name].apply(kwargs={"target": "reports"}).result

    assert define(run).apply().result == "ran"


def test_a_task_that_is_not_exclusive_may_overlap(define):
    def run(self, depth: int = 0, target: str = "main") -> int:
        return depth or self.app.tasks[self.name].apply(kwargs={"depth": 1}).result

    assert define(run, exclusive=False).apply().result == 1


def test_the_lease_ends_with_the_run(define):
    def run(self, target: str = "main") -> str:
        return results_client().get(LEASE)

    task = define(run)
    assert task.apply(task_id="first").result == "first"
    assert task.apply(task_id="second").result == "second"
    assert results_client().keys("celeriac:lease:*") == []


def test_the_lease_is_renewed_while_the_run_lasts(define, configure):
    configure(tasks__lease="0.4s")

    def run(self, target: str = "main") -> list[bool]:
        with database.read_only() as connection:
            connection.execute(text("SELECT pg_sleep(0.9)"))
        return [bool(results_client().get(LEASE))]

    assert define(run).apply().result == [True]


def test_a_lost_lease_stops_the_run_at_its_next_step(define, configure):
    configure(tasks__lease="0.2s")

    def run(self, target: str = "main") -> None:
        results_client().set(LEASE, "a stranger")
        with database.read_only() as connection:
            connection.execute(text("SELECT pg_sleep(0.2)"))
        self.progress(1, 2)

    assert isinstance(define(run).apply().result, LeaseLost)
    assert results_client().get(LEASE) == "a stranger"


@pytest.mark.parametrize("loss", [RedisAway("gone"), TargetAway(target="main", detail="gone")])
def test_lost_connections_are_retried(define, configure, loss):
    configure(tasks__retry_backoff_s="1")
    failures = [loss, loss]

    def run(self, target: str = "main") -> str:
        if failures:
            raise failures.pop()
        return "done"

    assert define(run).apply().result == "done"
    counters = outcomes.read()["celeriac.test.run"]
    assert (counters["runs"], counters["retried"], counters["failed"]) == (3, 2, 0)


def test_a_connection_that_the_server_ends_is_retried(define):
    ended = []

    def run(self, target: str = "main") -> str:
        if ended:
            return "done"
        with database.read_only() as connection:
            ended.append(1)
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return "not reached"

    assert define(run).apply().result == "done"


def test_retries_come_to_an_end(define, configure):
    configure(tasks__max_retries="1")

    def run(self, target: str = "main") -> None:
        raise RedisAway("gone")

    assert isinstance(define(run).apply().result, RedisAway)


def test_a_mistake_is_not_retried(define):
    def run(self, target: str = "main") -> None:
        with database.read_only() as connection:
            connection.execute(text("SELECT 1 / 0"))

    assert "division by zero" in str(define(run).apply().result)
    counters = outcomes.read()["celeriac.test.run"]
    assert (counters["runs"], counters["retried"], counters["failed"]) == (1, 0, 1)


def test_runs_are_timed_and_counted(define):
    task = define(nothing)
    task.apply()
    task.apply()
    counters = outcomes.read()["celeriac.test.run"]
    assert (counters["runs"], counters["failed"], counters["skipped"]) == (2, 0, 0)
    assert counters["total_ms"] > 0


def test_every_line_names_its_task_and_target(define, caplog):
    caplog.handler.addFilter(TaskContext())
    caplog.set_level(logging.INFO)

    def run(self, target: str = "main") -> None:
        logging.getLogger("celeriac.somewhere").warning("said in the middle")

    define(run).apply(task_id="seven")
    record = next(record for record in caplog.records if record.message == "said in the middle")
    assert (record.task, record.task_id, record.target) == ("celeriac.test.run", "seven", "main")


def test_progress_is_stored_and_throttled(define, app):
    seen = []

    def run(self, target: str = "main") -> None:
        for done in range(1, 8):
            self.progress(done, 7, "indexes", "jobs (status)")
            stored = json.loads(app.backend.get(app.backend.get_key_for_task(self.request.id)))
            seen.append(stored["result"]["done"])

    define(run).apply(task_id="seven")
    assert seen == [1, 1, 1, 1, 1, 1, 7]


def test_progress_outside_a_worker_is_no_error(define):
    def run(self, target: str = "main") -> None:
        self.progress(1, 2)

    define(run)()


def test_how_long_a_message_waited_is_counted_where_its_publisher_says_when(define):
    task = define(nothing)
    task.apply()
    task.apply(headers={SENT_AT: time.time() - 3})
    counters = outcomes.read()["celeriac.test.run"]
    assert (counters["runs"], counters["waits"]) == (2, 1)
    assert counters["wait_ms"] == pytest.approx(3_000, abs=1_000)


def test_what_was_meant_to_wait_is_no_wait(define):
    task = define(nothing)
    task.apply(headers={SENT_AT: time.time() - 3}, retries=1)
    assert outcomes.read()["celeriac.test.run"]["waits"] == 0
