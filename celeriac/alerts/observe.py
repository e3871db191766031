"""What the readings say to the rules: one value a subject, pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase

from celeriac.alerts.rule import Combine, Rule, Severity
from celeriac.alerts.rules import say

Group = tuple[str, ...]

_COMBINE: Mapping[Combine, Callable[[Iterable[float]], float]] = {"sum": sum, "max": max, "min": min}


@dataclass(frozen=True, slots=True)
class Reading:
    """A named number with its labels: a metric's latest value or rise, or something that was found."""

    name: str
    labels: Mapping[str, str]
    value: float
    sentence: str = ""
    """What it says of itself, where it was found and not measured."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read in one round."""

    values: tuple[Reading, ...] = ()
    rises: Mapping[timedelta, tuple[Reading, ...]] = field(default_factory=dict)
    """By how much counters rose within a time, for the rules with `over`."""
    answered: frozenset[str] = frozenset()
    """The names that were asked for and answered: none of them left means that there is none."""


@dataclass(frozen=True, slots=True)
class Observation:
    """The value of one subject of a rule."""

    rule: str
    subject: str
    value: float
    severity: Severity
    sentence: str


@dataclass(frozen=True, slots=True)
class Observed:
    """All that the rules can be judged by."""

    observations: tuple[Observation, ...]
    judged: frozenset[str]
    """The rules whose readings answered; of the others nothing is known, which is neither good nor bad."""


def observe(rules: Iterable[Rule], readings: Readings) -> Observed:
    """Measure each rule's subjects."""
    judged = [rule for rule in rules if {rule.metric, rule.per or rule.metric} <= readings.answered]
    return Observed(
        tuple(
            one
            for rule in judged
            for one in _subjects(rule, readings.values if rule.over is None else readings.rises.get(rule.over, ()))
        ),
        frozenset(rule.name for rule in judged),
    )


def _subjects(rule: Rule, readings: Sequence[Reading]) -> Iterable[Observation]:
    numbers = _grouped(readings, rule.metric, rule.labels, rule.by)
    wholes = _grouped(readings, rule.per, rule.per_labels, rule.by) if rule.per else {}
    for group, found in numbers.items():
        value = _COMBINE[rule.combine](reading.value for reading in found)
        if rule.per is not None:
            whole = sum(reading.value for reading in wholes.get(group, ()))
            if whole <= 0 or whole < rule.at_least:
                continue
            value /= whole
        worst = max(found, key=lambda reading: reading.value)
        labels = dict(zip(rule.by, group, strict=True))
        sentence = say(rule, value, labels, worst.sentence)
        yield Observation(rule.name, " ".join(part for part in group if part), value, rule.severity, sentence)


def _grouped(
    readings: Sequence[Reading], name: str, patterns: Mapping[str, str], by: tuple[str, ...]
) -> dict[Group, list[Reading]]:
    groups: dict[Group, list[Reading]] = defaultdict(list)
    for reading in readings:
        if reading.name == name and _fits(reading.labels, patterns):
            groups[tuple(reading.labels.get(label, "") for label in by)].append(reading)
    return groups


def _fits(labels: Mapping[str, str], patterns: Mapping[str, str]) -> bool:
    return all(fnmatchcase(labels.get(label, ""), pattern) for label, pattern in patterns.items())
