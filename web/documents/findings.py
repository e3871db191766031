"""What the health checks found, the worst first, each with the cure to copy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from celeriac.health import store
from celeriac.health.finding import Severity
from celeriac.health.store import StoredFinding
from config.settings import settings
from web.documents.source import latest, reading


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault that is there now."""

    id: int
    check: str
    severity: Severity
    subject: str
    sentence: str
    evidence: dict[str, Any]
    cure: str | None
    """The statement that mends it."""
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Skipped:
    """A check that could not look, in whole or at one thing."""

    check: str
    title: str
    """The check's name in words, with what it could not look at where that is one thing."""
    why: str
    cure: str | None
    """The statement that would let it look."""


@dataclass(frozen=True, slots=True)
class FindingPage:
    """The open findings, when the checks last ran, and what they could not look at."""

    checked_at: str | None
    items: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    """Checks that could not look: not to see a fault is not to see it gone."""


def page(target: str, *, severity: str | None = None) -> FindingPage:
    """Return what is open on a target, the worst first; raises TargetUnknown."""
    settings().target(target)
    run = latest("health", target)
    with reading(target) as connection:
        found = store.open_findings(connection, target)
    return FindingPage(
        checked_at=run.get("produced_at"),
        items=tuple(_finding(one) for one in found if severity in (None, one.severity)),
        skipped=tuple(_skipped(one) for one in run.get("findings", ()) if one.get("severity") == "skipped"),
    )


def title(check: str) -> str:
    """Write a check's name in words.

    >>> title("long_queries")
    'Long queries'
    """
    return check.replace("_", " ").capitalize()


def _skipped(one: Mapping[str, Any]) -> Skipped:
    subject, sentence = one.get("subject", ""), one["sentence"].removeprefix("Not looked at: ").rstrip(".")
    named = title(one["check"])
    return Skipped(one["check"], f"{named}: {subject}" if subject else named, sentence, one.get("cure"))


def _finding(stored: StoredFinding) -> Finding:
    return Finding(
        id=stored.id,
        check=stored.check,
        severity=stored.severity,
        subject=stored.subject,
        sentence=stored.sentence,
        evidence=dict(stored.evidence),
        cure=stored.cure,
        first_seen=stored.first_seen,
        last_seen=stored.last_seen,
    )
