import logging
from dataclasses import replace

import pytest

from celeriac.metrics.collect import collect, failed
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric
from celeriac.metrics.samplers import Sampler
from celeriac.metrics.sources import Sources

DEPTH = Metric("celeriac_depth", "gauge", "1", "How deep.", ("well",))
SOURCES = Sources(tasks={"celeriac.cache.warm": {"runs": 1}}, system=False)


def deep(sources, policy):
    yield DEPTH.of(3, well="one")
    yield DEPTH.of(None, well="dry")


def broken(sources, policy):
    yield DEPTH.of(4, well="half")
    raise ConnectionError("no rope")


GOOD = Sampler("deep", "tasks", (DEPTH,), deep)
BROKEN = Sampler("broken", "tasks", (DEPTH,), broken)


def values(samples, name):
    return {tuple(dict(sample.labels).values()): sample.value for sample in samples if sample.name == name}


def test_one_that_fails_stops_no_other_and_leaves_no_half_round():
    samples = collect(SOURCES, MetricsPolicy(), (BROKEN, GOOD))
    assert values(samples, "celeriac_depth") == {("one",): 3}
    assert values(samples, "celeriac_sampler_up") == {("broken",): 0, ("deep",): 1}
    assert failed(samples) == ("broken",)


def test_the_reason_is_logged_once(caplog):
    sampler = replace(BROKEN, name="unheard of")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            collect(SOURCES, MetricsPolicy(), (sampler,))
    (record,) = caplog.records
    assert "unheard of" in record.message
    assert "no rope" in record.message


def test_what_is_not_asked_for_is_neither_sampled_nor_down():
    assert collect(Sources(system=False), MetricsPolicy(), (GOOD,)) == ()


def test_what_cannot_be_reached_is_down():
    samples = collect(Sources(away=("tasks",), system=False), MetricsPolicy(), (GOOD,))
    assert failed(samples) == ("deep",)


def test_a_label_that_is_not_documented_does_not_slip_in():
    with pytest.raises(KeyError):
        DEPTH.of(1, tavern="one")
