"""When an alert opens, fires, goes on, calms down and is over."""

from datetime import UTC, datetime, timedelta

import pytest

from celeriac.alerts.decide import decide
from celeriac.alerts.observe import Observation, Observed
from celeriac.alerts.rule import Rule

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FULL = Rule("full", "fill", 0.9, clear=0.8, lasts=2 * MINUTE, calm=MINUTE)
AT_ONCE = Rule("full", "fill", 0.9, clear=0.8, calm=MINUTE)


class Story:
    """A rule's alerts over time, told minute by minute."""

    def __init__(self, rule=FULL):
        self.rules, self.now, self.alerts = (rule,), NOON, ()

    def observe(self, judged=("full",), minutes=1, **values):
        """Let a minute pass in which the subjects had these values; returns what happened."""
        self.now += minutes * MINUTE
        seen = tuple(
            Observation("full", subject, value, "warning", f"{value:.0%} full") for subject, value in values.items()
        )
        moved = decide(self.rules, Observed(seen, frozenset(judged)), self.alerts, self.now)
        self.alerts = (
            *(one.alert for one in moved if one.event not in {"forgotten", "resolved"}),
            *(alert for alert in self.alerts if alert.key not in {one.alert.key for one in moved}),
        )
        return [one.event for one in moved]

    @property
    def states(self):
        return {alert.subject: alert.state for alert in self.alerts}


def test_what_is_below_the_threshold_is_no_alert():
    assert Story().observe(disk=0.89) == []


def test_a_moment_is_no_alert():
    story = Story()
    assert story.observe(disk=0.95) == ["opened"]
    assert story.states == {"disk": "pending"}
    assert story.observe(disk=0.85) == ["forgotten"]
    assert story.states == {}


def test_what_lasts_fires():
    story = Story()
    assert story.observe(disk=0.95) == ["opened"]
    assert story.observe(disk=0.96) == ["seen"]
    assert story.observe(disk=0.97) == ["fired"]
    (alert,) = story.alerts
    assert (alert.state, alert.value, alert.sentence) == ("firing", 0.97, "97% full")
    assert alert.fired_at - alert.since == 2 * MINUTE


def test_a_rule_without_a_duration_fires_at_once():
    assert Story(AT_ONCE).observe(disk=0.9) == ["fired"]


def test_what_fires_is_not_opened_a_second_time():
    story = Story(AT_ONCE)
    story.observe(disk=0.95)
    assert [story.observe(disk=0.95) for _ in range(3)] == [["seen"]] * 3
    assert len(story.alerts) == 1


def test_hysteresis_between_the_bounds_it_goes_on():
    story = Story(AT_ONCE)
    story.observe(disk=0.95)
    assert [story.observe(disk=value) for value in (0.85, 0.89, 0.81)] == [["seen"]] * 3
    assert story.states == {"disk": "firing"}


def test_it_is_over_when_it_has_been_calm_for_long_enough():
    story = Story(AT_ONCE)
    story.observe(disk=0.95)
    assert story.observe(disk=0.7) == ["calming"]
    assert story.states == {"disk": "firing"}
    assert story.observe(disk=0.7) == ["resolved"]


def test_flapping_is_one_alert():
    story = Story(AT_ONCE)
    story.observe(disk=0.95)
    events = [story.observe(disk=value, minutes=0.5)[0] for value in (0.7, 0.95, 0.7, 0.95, 0.7)]
    assert events == ["calming", "seen", "calming", "seen", "calming"]
    assert story.states == {"disk": "firing"}


def test_each_subject_has_an_alert_of_its_own():
    story = Story(AT_ONCE)
    assert story.observe(disk=0.95, tape=0.5, card=0.99) == ["fired", "fired"]
    assert story.states == {"disk": "firing", "card": "firing"}
    assert story.observe(card=0.99) == ["calming", "seen"]


@pytest.mark.parametrize("rule", [FULL, AT_ONCE])
def test_what_is_not_known_is_neither_good_nor_bad(rule):
    story = Story(rule)
    story.observe(disk=0.95)
    before = story.alerts
    assert story.observe(judged=(), minutes=60) == []
    assert story.alerts == before


def test_a_subject_that_is_gone_is_clear():
    story = Story(AT_ONCE)
    story.observe(standby=0.95)
    assert story.observe() == ["calming"]
    assert story.observe() == ["resolved"]


def test_an_alert_whose_rule_is_gone_is_over():
    story = Story(AT_ONCE)
    story.observe(disk=0.95)
    story.rules = ()
    assert story.observe(judged=()) == ["resolved"]


def test_a_pending_alert_whose_rule_is_gone_is_forgotten():
    story = Story()
    story.observe(disk=0.95)
    story.rules = ()
    assert story.observe(judged=()) == ["forgotten"]


def test_below_is_a_direction_too():
    story = Story(Rule("full", "fill", 0.5, "<=", clear=0.6))
    assert story.observe(hits=0.55) == []
    assert story.observe(hits=0.5) == ["fired"]
    assert story.observe(hits=0.55) == ["seen"]
    assert story.observe(hits=0.65) == ["calming"]
