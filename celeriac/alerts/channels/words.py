"""How a notice is written for people, the same in every channel."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from celeriac.alerts.alert import Kind, Notice
from celeriac.alerts.rule import SEVERITIES

MARKS: Final[dict[Kind, str]] = {
    "firing": "FIRING",
    "escalated": "STILL FIRING, NOBODY ACKNOWLEDGED",
    "repeated": "STILL FIRING",
    "resolved": "RESOLVED",
}


def headline(notices: Sequence[Notice]) -> str:
    """Sum several notices up, in the words of a subject line."""
    if len(notices) == 1:
        return f"{_lead(notices[0])}: {name(notices[0])}"
    firing = [notice for notice in notices if notice.kind != "resolved"]
    over = len(notices) - len(firing)
    counted = [f"{len(firing)} firing"] * bool(firing) + [f"{over} resolved"] * bool(over)
    worst = f"[{max((one.alert.severity for one in firing), key=SEVERITIES.index)}] " if firing else ""
    targets = ", ".join(sorted({notice.alert.target for notice in notices}))
    return f"{worst}{' and '.join(counted)} on {targets}"


def line(notice: Notice) -> str:
    """Say one notice in one line."""
    return f"{_lead(notice)}: {name(notice)}: {sentence(notice)}"


def sentence(notice: Notice) -> str:
    """Say what fires, and of what is over how long it lasted."""
    alert = notice.alert
    if alert.resolved_at is None:
        return alert.sentence
    lasted = timedelta(seconds=round((alert.resolved_at - (alert.fired_at or alert.since)).total_seconds()))
    return f"{alert.sentence} It lasted {lasted}."


def name(notice: Notice) -> str:
    """Name what a notice is about: target, rule and subject."""
    return " ".join(part for part in (notice.alert.target, notice.alert.rule, notice.alert.subject) if part)


def _lead(notice: Notice) -> str:
    return f"[{notice.alert.severity}] {MARKS[notice.kind]}"
