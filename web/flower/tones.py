"""Which colour a state or a severity has; its name is always written beside it."""

from collections.abc import Mapping
from typing import Final

GOOD: Final = "opt-good"
WORK: Final = "opt-work"
WARN: Final = "opt-warn"
BAD: Final = "opt-bad"
PLAIN: Final = ""

_TONES: Final[Mapping[str, str]] = {
    "proposed": WORK,
    "approved": WORK,
    "baselined": WORK,
    "building": WORK,
    "running": WORK,
    "done": GOOD,
    "settling": WORK,
    "verifying": WORK,
    "dropping": WORK,
    "drop_verifying": WORK,
    "kept": GOOD,
    "dropped": GOOD,
    "reverting": WARN,
    "reverted": WARN,
    "restoring": WARN,
    "restored": WARN,
    "failed": BAD,
    "lost": BAD,
    "better": GOOD,
    "worse": BAD,
    "critical": BAD,
    "warning": WARN,
    "firing": BAD,
    "pending": WARN,
    "runs": GOOD,
    "retried": WARN,
}


def tone(word: str | None) -> str:
    """Return the class of a word; plain for one without a colour.

    >>> tone("kept"), tone("expired")
    ('opt-good', '')
    """
    return _TONES.get(word or "", PLAIN)
