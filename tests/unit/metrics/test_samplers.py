"""Samplers that need no server."""

import time

import psutil
import pytest

from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import known
from celeriac.metrics.samplers import cache_library, schedule, system, tasks
from celeriac.metrics.sources import Broker, Scheduled, Sources


def sampled(module, **sources):
    samples = known(module.sample(Sources(**sources), MetricsPolicy()))
    return {(sample.name, *(value for _, value in sample.labels)): sample.value for sample in samples}


def test_runs_are_told_apart_by_outcome():
    counted = {"runs": 10, "failed": 2, "retried": 1, "skipped": 4, "total_ms": 1500, "waits": 2, "wait_ms": 500}
    found = sampled(tasks, tasks={"celeriac.cache.warm": counted})
    runs = {outcome: value for (name, outcome, *_), value in found.items() if name == "celeriac_task_runs_total"}
    assert runs == {"succeeded": 7, "failed": 2, "retried": 1, "skipped": 4}
    assert found["celeriac_task_run_seconds_total", "celeriac.cache.warm"] == 1.5
    assert found["celeriac_task_wait_seconds_total", "celeriac.cache.warm"] == 0.5


def test_a_task_that_is_overdue_is_late_and_one_that_never_ran_is_not():
    found = sampled(
        schedule,
        schedule={"late": Scheduled(60, time.time() - 100), "new": Scheduled(60), "fine": Scheduled(60, time.time())},
    )
    assert found["celeriac_schedule_late_seconds", "late"] == pytest.approx(40, abs=5)
    assert found["celeriac_schedule_late_seconds", "fine"] == 0
    assert ("celeriac_schedule_late_seconds", "new") not in found


def test_the_cache_librarys_counters_come_in_base_units():
    found = sampled(cache_library, cache={"users": {"hits": 9, "misses": 1, "saved_us": 2_500_000}})
    assert found["celeriac_cache_lookups_total", "users", "hit"] == 9
    assert found["celeriac_cache_lookups_total", "users", "bypassed"] == 0
    assert found["celeriac_cache_seconds_total", "saved", "users"] == 2.5


def test_functions_that_share_a_namespace_are_told_apart():
    found = sampled(cache_library, cache_functions={("users", "app.user"): {"hits": 3, "misses": 1}})
    name = "celeriac_cache_function_lookups_total"
    assert found[name, "app.user", "users", "hit"] == 3
    assert found[name, "app.user", "users", "miss"] == 1


def test_the_host_is_measured():
    found = sampled(system)
    total = next(value for key, value in found.items() if key[0] == "celeriac_host_memory_bytes" and "total" in key)
    assert total == psutil.virtual_memory().total
    assert {"celeriac_host_cpu_seconds_total", "celeriac_worker_resident_bytes"} <= {key[0] for key in found}


def test_step_zero_of_a_queue_is_the_queues_own_name():
    broker = Broker(client=None, queues=("celeriac",), separator=":")
    assert (broker.key("celeriac", 0), broker.key("celeriac", 7)) == ("celeriac", "celeriac:7")
