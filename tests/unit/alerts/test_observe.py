"""What readings say to a rule."""

from datetime import timedelta

import pytest

from celeriac.alerts.observe import Reading, Readings, observe
from celeriac.alerts.rule import Rule


def values(rule, *readings, answered=("fill", "room"), rises=()):
    given = Readings(readings, {rule.over: tuple(rises)} if rule.over else {}, frozenset(answered))
    return {one.subject: one.value for one in observe((rule,), given).observations}


def fill(value, name="fill", **labels):
    return Reading(name, labels, value)


def test_without_labels_of_their_own_all_readings_make_one_subject():
    assert values(Rule("r", "fill", 1), fill(2, disk="a"), fill(3, disk="b"), fill(9, "other")) == {"": 5}


def test_each_value_of_the_chosen_labels_is_a_subject():
    rule = Rule("r", "fill", 1, by=("host", "disk"), combine="max")
    assert values(rule, fill(2, disk="a", host="x", n="1"), fill(3, disk="a", host="x", n="2"), fill(1, disk="b")) == {
        "x a": 3,
        "b": 1,
    }


def test_patterns_choose_among_readings():
    rule = Rule("r", "fill", 1, labels={"disk": "sd*"}, by=("disk",))
    assert values(rule, fill(2, disk="sda"), fill(3, disk="nvme"), fill(4)) == {"sda": 2}


def test_a_ratio_divides_each_subject_by_its_own_whole():
    rule = Rule("r", "fill", 1, labels={"kind": "used"}, by=("disk",), per="fill")
    readings = [fill(3, disk="a", kind="used"), fill(1, disk="a", kind="free"), fill(1, disk="b", kind="used")]
    assert values(rule, *readings) == {"a": 0.75, "b": 1}


@pytest.mark.parametrize("whole", [0, 9])
def test_a_ratio_of_too_little_says_nothing(whole):
    rule = Rule("r", "fill", 1, per="room", at_least=10)
    assert values(rule, fill(0), fill(whole, "room")) == {}


def test_a_counter_is_judged_by_its_rise():
    rule = Rule("r", "fill", 1, over=timedelta(minutes=5))
    assert values(rule, fill(1_000_000), rises=[fill(7)]) == {"": 7}


def test_what_did_not_answer_is_not_judged():
    rule = Rule("r", "fill", 1, per="room")
    assert observe((rule,), Readings((fill(1),), answered=frozenset({"fill"}))).judged == frozenset()
    assert observe((rule,), Readings(answered=frozenset({"fill", "room"}))).judged == {"r"}


def test_the_sentence_speaks_of_its_subject():
    rule = Rule("lag", "fill", 60, by=("standby",), sentence="{standby} is {value:.0f} s behind.", severity="critical")
    (one,) = observe((rule,), Readings((fill(90, standby="b"),), answered=frozenset({"fill"}))).observations
    assert (one.sentence, one.severity) == ("b is 90 s behind.", "critical")


def test_what_was_found_speaks_for_itself_the_worst_of_several():
    rule = Rule("found", "fill", 1, combine="max", sentence="{sentence}")
    readings = (Reading("fill", {}, 1, "small"), Reading("fill", {}, 2, "large {not a field}"))
    (one,) = observe((rule,), Readings(readings, answered=frozenset({"fill"}))).observations
    assert one.sentence == "large {not a field}"
