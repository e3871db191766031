"""What a check says about one thing that it looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["ok", "warning", "critical", "skipped"]
"""Skipped: could not be looked at, and why; it is never to be read as ok."""
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "skipped", "ok")
"""The worst first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about a subject, the numbers behind it, and the statement that mends it."""

    check: str
    severity: Severity
    subject: str
    sentence: str
    evidence: Mapping[str, float] = field(default_factory=dict)
    cure: str | None = None
