"""A refusal is a value with a reason, not an error."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clear:
    """Nothing speaks against it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not be done now, and why, in one sentence."""

    guard: str
    reason: str


Outcome = Clear | Refused


def judged(guard: str, objection: str | None) -> Outcome:
    """Return the refusal that an objection is, Clear for none."""
    return Clear() if objection is None else Refused(guard, objection)
