"""How far back a report looks: `1d`, `7d`, `90m`."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from celeriac.errors import CeleriacError

DEFAULT: Final = ("1d", "7d")
MOST: Final = timedelta(days=366)
_WRITTEN = re.compile(r"\A(\d{1,6})([mhdw])\Z")
_UNITS: Final = {"m": ("minute", 60), "h": ("hour", 3_600), "d": ("day", 86_400), "w": ("week", 604_800)}


class SpanWrong(CeleriacError):
    """{given!r} is no span: write --since 1d, 7d, 12h or 90m, at most a year, twice for two columns."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time up to now."""

    label: str
    """For people, such as `last week`."""
    seconds: int

    @property
    def length(self) -> timedelta:
        """The same, to reckon with."""
        return timedelta(seconds=self.seconds)


def parse(given: str) -> Span:
    """Return the span that a person wrote; raises SpanWrong.

    >>> parse("7d"), parse("90m")
    (Span(label='last week', seconds=604800), Span(label='last 90 minutes', seconds=5400))
    """
    match = _WRITTEN.match(given.strip().lower())
    count, unit = (int(match[1]), match[2]) if match else (0, "d")
    name, seconds = _UNITS[unit]
    if not 0 < count * seconds <= MOST.total_seconds():
        raise SpanWrong(given=given)
    if (count, unit) == (7, "d"):
        count, name = 1, "week"
    return Span(f"last {name}" if count == 1 else f"last {count} {name}s", int(match[1]) * seconds if match else 0)


def spans(given: tuple[str, ...] | list[str]) -> tuple[Span, ...]:
    """Return the spans that were asked for, the shortest first, each once."""
    return tuple(sorted({parse(one) for one in given or DEFAULT}, key=lambda one: one.seconds))
