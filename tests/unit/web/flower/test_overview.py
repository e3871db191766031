"""The first sentence of the first page."""

from datetime import UTC, datetime

import pytest

from web.documents.caches import CacheDocument, HitRatePoint
from web.documents.overview import Overview
from web.documents.targets import Target
from web.flower.pages.overview import hit_ratio, verdict


def overview(*, reachable=True, paused=False, troubles=(), decisions=0):
    target = Target("main", "approve", "approve", paused=paused, reason="", reachable=reachable, replicas=0)
    return Overview(target, tuple(troubles), (), decisions, 0, {}, 0.0, {}, None, None, ())


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (overview(), "All is well"),
        (overview(decisions=3), "All is well; a decision is wanted"),
        (overview(troubles=["It is slow."], decisions=3), "One thing needs attention"),
        (overview(troubles=["It is slow.", "It is full."]), "2 things need attention"),
        (overview(troubles=["It is slow."], paused=True), "Paused: nothing is changed until it is resumed"),
        (overview(troubles=["It is away."], reachable=False), "The database cannot be read"),
    ],
)
def test_the_worst_is_said_first(found, sentence):
    assert verdict(found)[0] == sentence


def test_a_pause_is_no_fault_and_a_trouble_is():
    assert verdict(overview(paused=True))[1] == "opt-hold"
    assert verdict(overview(troubles=["x"]))[1] == "opt-bad"


def test_a_hit_rate_weighs_each_step_by_what_was_asked_in_it():
    points = tuple(
        HitRatePoint(datetime(2026, 1, 1, tzinfo=UTC), ratio, asked) for ratio, asked in ((1.0, 90), (0.0, 10))
    )
    assert hit_ratio(caches({"redis": points, "users": ()})) == pytest.approx(0.9)
    assert hit_ratio(caches({})) is None


def caches(rates):
    return CacheDocument(None, {}, {}, (), rates, (), {})
