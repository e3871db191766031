"""One finding of the doctor."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warning", "missing", "skipped"]
"""Missing: something that Celeriac cannot do its work without. Skipped: could not be looked at, and why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and the command that mends it."""

    check: str
    status: Status
    said: str
    mend: str | None = None


def ok(check: str, said: str) -> Finding:
    """Say that all is well."""
    return Finding(check, "ok", said)


def warning(check: str, said: str, mend: str | None = None) -> Finding:
    """Say what would be better otherwise."""
    return Finding(check, "warning", said, mend)


def missing(check: str, said: str, mend: str | None = None) -> Finding:
    """Say what Celeriac cannot work without."""
    return Finding(check, "missing", said, mend)


def skipped(check: str, said: str, mend: str | None = None) -> Finding:
    """Say what could not be looked at."""
    return Finding(check, "skipped", said, mend)
