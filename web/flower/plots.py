"""What the plots of a page draw, as JSON in an attribute: the script in the page reads nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final, TypeVar

import orjson

from web.flower import words

T = TypeVar("T")

_GAP_STEPS: Final = 2.5
"""A pause of more steps than that is drawn as a gap, not as a line across it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plot."""

    label: str
    unit: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at an instant."""

    at: float
    label: str
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot over time; `x` are seconds since 1970."""

    title: str
    x: tuple[float, ...]
    series: tuple[Line, ...]
    marks: tuple[Mark, ...] = ()
    sync: str = ""

    @property
    def json(self) -> str:
        """What the script reads."""
        return orjson.dumps(asdict(self)).decode()

    @property
    def summary(self) -> str:
        """What the plot says, for whoever does not see it."""
        said = [_course(line) for line in self.series]
        happened = f" Marked: {', '.join(mark.label for mark in self.marks)}." if self.marks else ""
        return f"{self.title}. {' '.join(said)}{happened}"


def plot(
    title: str,
    at: Sequence[datetime],
    lines: Iterable[Line],
    *,
    step_s: float,
    marks: Iterable[Mark] = (),
    sync: str = "",
) -> Plot | None:
    """Return a plot with its pauses as gaps; None where there is no point to draw."""
    if not at:
        return None
    seconds = [instant.timestamp() for instant in at]
    holes = [place for place in range(1, len(seconds)) if seconds[place] - seconds[place - 1] > _GAP_STEPS * step_s]
    x = _with(seconds, holes, [seconds[hole - 1] + step_s for hole in holes])
    series = tuple(Line(line.label, line.unit, tuple(_with(line.values, holes, [None] * len(holes)))) for line in lines)
    first, last = seconds[0], seconds[-1]
    near = tuple(mark for mark in marks if first - step_s <= mark.at <= last + step_s)
    return Plot(title, tuple(x), series, near, sync)


def _with(values: Sequence[T], places: Sequence[int], given: Sequence[T]) -> list[T]:
    """Return the values with something given put before each place."""
    found = list(values)
    for place, value in zip(reversed(places), reversed(given), strict=True):
        found.insert(place, value)
    return found


def _course(line: Line) -> str:
    known = [value for value in line.values if value is not None]
    if not known:
        return f"{line.label}: nothing was measured."
    figures = (f"{words.count(value)} {line.unit}".rstrip() for value in (known[0], known[-1], max(known)))
    first, last, most = figures
    return f"{line.label}: {first} at first, {last} at last, {most} at most."
