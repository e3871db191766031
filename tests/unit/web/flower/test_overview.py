"""The first sentence of the first page."""

import pytest

from web.documents.overview import Overview
from web.documents.targets import Target
from web.flower.pages.overview import verdict


def overview(*, reachable=True, paused=False, troubles=(), decisions=0, upkeep=0):
    target = Target("main", "approve", "approve", paused=paused, reason="", reachable=reachable, replicas=0)
    return Overview(target, tuple(troubles), (), decisions, upkeep, 0, {}, 0.0, {}, None, None, ())


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (overview(), "All is well"),
        (overview(decisions=3), "All is well; a decision is wanted"),
        (overview(upkeep=1), "All is well; a decision is wanted"),
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
