"""What is said about a run that might begin, or go on."""

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
