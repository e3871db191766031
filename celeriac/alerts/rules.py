"""The rules that hold: the defaults with what an operator changes, and the operator's own."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from celeriac.alerts.defaults import DEFAULTS
from celeriac.alerts.policy import RuleChange
from celeriac.alerts.rule import Rule
from celeriac.errors import CeleriacError


class RuleWrong(CeleriacError):
    """Alert rule {rule!r} is wrong: {reason}."""


def rules(changes: Mapping[str, RuleChange]) -> tuple[Rule, ...]:
    """Return the defaults as changed, then the operator's own rules; raises RuleWrong."""
    known = {rule.name: rule for rule in DEFAULTS}
    made = {name: _changed(known.get(name), name, change) for name, change in changes.items() if not change.off}
    chosen = {
        name: made.get(name, rule) for name, rule in (known | made).items() if name in made or name not in changes
    }
    for rule in chosen.values():
        _check(rule)
    return tuple(chosen.values())


def _changed(rule: Rule | None, name: str, change: RuleChange) -> Rule:
    given = {
        field.name: value
        for field in fields(change)
        if field.name != "off" and (value := getattr(change, field.name)) is not None
    }
    if rule is not None:
        return _bound(replace(rule, **given), given)
    if missing := [name for name in ("metric", "threshold") if name not in given]:
        known = ", ".join(one.name for one in DEFAULTS)
        raise RuleWrong(rule=name, reason=f"a rule of one's own needs {' and '.join(missing)}; defaults are: {known}")
    return Rule(name, **given)


def _bound(changed: Rule, given: Mapping[str, Any]) -> Rule:
    """Drop the default's hysteresis where a moved threshold leaves it on the wrong side."""
    wrong = changed.clear is not None and changed.breached(changed.clear)
    return replace(changed, clear=None) if wrong and "clear" not in given else changed


def _check(rule: Rule) -> None:
    if rule.clear is not None and rule.breached(rule.clear) and rule.clear != rule.threshold:
        raise RuleWrong(rule=rule.name, reason=f"what clears it ({rule.clear:g}) lies beyond its threshold")
    try:
        say(rule, 1.0, dict.fromkeys(rule.by, "x"), "")
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise RuleWrong(rule=rule.name, reason=f"its sentence cannot be written ({error})") from None


def say(rule: Rule, value: float, labels: Mapping[str, str], said: str) -> str:
    """Write the rule's sentence; `said` is what the reading itself says.

    >>> say(Rule("lag", "lag_seconds", 60, sentence="{standby} is {value:.0f} s behind."), 90, {"standby": "b"}, "")
    'b is 90 s behind.'
    """
    words: dict[str, Any] = {
        **labels,
        "value": value,
        "threshold": rule.threshold,
        "metric": rule.metric,
        "comparison": rule.comparison,
    }
    return rule.sentence.format(**{"sentence": said, **words})
