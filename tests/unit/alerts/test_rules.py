"""The rules that hold, what an operator may change, and the page that lists them."""

import re
from collections import Counter
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from celeriac.alerts.defaults import DEFAULTS
from celeriac.alerts.policy import RuleChange
from celeriac.alerts.rule import Rule
from celeriac.alerts.rules import RuleWrong, rules
from tasks.readings import NAMES

PAGE = Path(__file__).parents[3] / "docs" / "alerts.md"


def named(changes):
    return {rule.name: rule for rule in rules(changes)}


def duration(length):
    return f"{length / timedelta(minutes=1):g} min" if length >= timedelta(minutes=1) else f"{length.seconds} s"


def selected(metric, labels):
    return (
        f"`{metric}{{{', '.join(f'{name}={value}' for name, value in labels.items())}}}`" if labels else f"`{metric}`"
    )


def row(rule):
    what = selected(rule.metric, rule.labels)
    if rule.per:
        what += f" / {selected(rule.per, rule.per_labels)}"
    if rule.over:
        what += f" within {duration(rule.over)}"
    bound = f"{rule.comparison} {rule.threshold:,.12g}" + (
        f", clear at {rule.clear:,.12g}" if rule.clear is not None else ""
    )
    lasts = duration(rule.lasts) if rule.lasts else "at once"
    return f"| `{rule.name}` | {rule.severity} | {what} | {bound} | {lasts} | {', '.join(rule.by)} |"


def table():
    head = ["| rule | severity | judges | from | lasts | one alert for each |", "| --- | --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *map(row, DEFAULTS)])


def test_the_page_lists_the_default_rules():
    text = PAGE.read_text(encoding="utf-8")
    written = text.partition("<!-- begin: rules -->")[2].partition("<!-- end: rules -->")[0]
    assert written.strip() == table()


def test_no_name_is_taken_twice():
    assert [name for name, times in Counter(rule.name for rule in DEFAULTS).items() if times > 1] == []


def test_every_default_judges_something_that_is_read():
    assert {name for rule in DEFAULTS for name in (rule.metric, rule.per) if name} <= NAMES


def test_every_cause_is_a_rule():
    known = {rule.name for rule in DEFAULTS}
    assert {cause for rule in DEFAULTS for cause in rule.unless} <= known


def test_counters_are_judged_by_their_rise_alone():
    assert [rule.name for rule in DEFAULTS if rule.metric.endswith("_total") != (rule.over is not None)] == []


def test_without_changes_the_defaults_hold():
    assert rules({}) == DEFAULTS


def test_a_change_touches_what_it_names():
    changed = named({"connections": RuleChange(threshold=0.9, severity="critical")})["connections"]
    assert (changed.threshold, changed.severity, changed.clear) == (0.9, "critical", 0.75)
    assert len(rules({"connections": RuleChange(threshold=0.9)})) == len(DEFAULTS)


def test_a_threshold_that_moves_past_the_bound_that_clears_loses_it():
    changed = named({"connections": RuleChange(threshold=0.5)})["connections"]
    assert (changed.threshold, changed.clear) == (0.5, None)


def test_a_rule_can_be_switched_off():
    assert "connections" not in named({"connections": RuleChange(off=True)})


def test_a_rule_of_ones_own_follows_the_defaults():
    (*_, last) = rules({"busy": RuleChange(metric="celeriac_host_load", threshold=16, by=("host",))})
    assert last == Rule("busy", "celeriac_host_load", 16, by=("host",))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (RuleChange(metric="celeriac_host_load"), "needs threshold; defaults are: target_away, "),
        (RuleChange(severity="info"), "needs metric and threshold"),
        (RuleChange(metric="m", threshold=2, clear=3), r"what clears it \(3\) lies beyond its threshold"),
        (RuleChange(metric="m", threshold=2, comparison="<=", clear=1), "lies beyond its threshold"),
        (RuleChange(metric="m", threshold=2, sentence="{host} is full."), "its sentence cannot be written"),
        (RuleChange(metric="m", threshold=2, sentence="{value:.0q}"), "its sentence cannot be written"),
        (RuleChange(metric="m", threshold=2, sentence="{"), "its sentence cannot be written"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_reason(change, reason):
    with pytest.raises(RuleWrong, match=f"rule 'mine' is wrong: .*{reason}"):
        rules({"mine": change})


def test_the_page_explains_every_field_of_a_rule():
    table = PAGE.read_text(encoding="utf-8").partition("| field | default | means |")[2].partition("\n\n")[0]
    explained = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert explained == {field.name for field in fields(RuleChange)}
