"""Plots as inline SVG: lines are stretched to the page's width, words stand outside so that they are not."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final
from xml.etree import ElementTree as ET

from celeriac.cli.report.document import Plot
from celeriac.cli.report.html.markup import group, prose, tag
from celeriac.cli.report.words import when

WIDTH: Final = 600.0
HEIGHT: Final = 160.0
_SPARK: Final = (120.0, 26.0)
_BAR: Final = (120.0, 16.0)
_BRIDGED: Final = 2
"""Steps: one that is missing between two is no gap worth seeing."""
_TICKS: Final = 3


def plot(shown: Plot) -> ET.Element:
    """Draw a plot with its legend and axes; where nothing is known, say so."""
    known = [value for line in shown.lines for value in line.values if value is not None]
    if not known:
        return tag(
            "figure", tag("figcaption", tag("strong", shown.title)), tag("p", *prose(shown.empty), class_="quiet")
        )
    low, high = bounds(known, shown.unit)
    legend = [
        tag("span", tag("i", class_=f"swatch line{place}"), line.name, class_="key")
        for place, line in enumerate(shown.lines, start=1)
    ]
    if shown.marks:
        legend.append(tag("span", tag("i", class_="swatch mark"), "a change reached its end", class_="key"))
    caption = tag("figcaption", tag("strong", shown.title), group(*legend, class_="keys"))
    heights = [tag("span", _height(low + (high - low) * part / 2, shown.unit)) for part in (2, 1, 0)]
    return tag(
        "figure",
        caption,
        group(
            group(*heights, class_="heights"),
            _drawing(shown, low, high),
            group(*(tag("span", one) for one in _instants(shown.since, shown.until)), class_="instants"),
            class_="plot",
        ),
    )


def sparkline(values: Sequence[float | None], label: str) -> ET.Element | None:
    """Draw a course without axes; None where nothing is known."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    width, height = _SPARK
    path = course(values, 0.0, max(known) or 1.0, width, height)
    return _svg(width, height, "spark", label, [tag("path", d=path, class_="line1")])


def pair(promised: float | None, measured: float | None, most: float) -> ET.Element | None:
    """Draw what was promised above what was measured, as parts of the most in the table."""
    if promised is None and measured is None:
        return None
    width, height = _BAR
    bars = [
        tag("rect", x="0", y=f"{top:g}", height="6", width=f"{max(1.0, width * abs(value) / most):.1f}", class_=kind)
        for value, top, kind in (
            (promised, 1.0, "promised"),
            (measured, 9.0, "measured" if (measured or 0.0) >= 0 else "harm"),
        )
        if value is not None and most > 0
    ]
    return _svg(width, height, "pair", "promised above measured", bars)


def bounds(known: Iterable[float], unit: str) -> tuple[float, float]:
    """Return where the axis begins and ends.

    >>> bounds([0.97, 0.99], "ratio"), bounds([0.2], "ratio"), bounds([0.0, 3.1], "sessions")
    ((0.9, 1.0), (0.0, 1.0), (0.0, 4.0))
    """
    values = [*known]
    if unit == "ratio":
        return next(low for low in (0.99, 0.9, 0.5, 0.0) if low <= min(values)), 1.0
    highest = max(values)
    if highest <= 0:
        return 0.0, 1.0
    size = 10.0 ** math.floor(math.log10(highest))
    return 0.0, next(step * size for step in (1.0, 2.0, 4.0, 6.0, 8.0, 10.0) if step * size >= highest)


def course(values: Sequence[float | None], low: float, high: float, width: float, height: float) -> str:
    """Return the path of a course, drawn two units off the edges, with a gap where values are missing.

    >>> course((0.0, 1.0, None, None, 1.0), 0.0, 1.0, 8.0, 6.0)
    'M0,4L2,2M8,2h0'
    """
    step = width / max(1, len(values) - 1)
    inner = height - 4.0
    points = [
        (place, place * step, 2.0 + inner * (1 - min(1.0, max(0.0, (value - low) / (high - low)))))
        for place, value in enumerate(values)
        if value is not None
    ]
    starts = {points[0][0]} | {b[0] for a, b in pairwise(points) if b[0] - a[0] > _BRIDGED} if points else set()
    drawn = ""
    for number, (place, x, y) in enumerate(points):
        drawn += f"{'M' if place in starts else 'L'}{x:.4g},{y:.4g}"
        alone = place in starts and (number + 1 == len(points) or points[number + 1][0] in starts)
        drawn += "h0" if alone else ""
    return drawn


def _drawing(shown: Plot, low: float, high: float) -> ET.Element:
    grid = [tag("path", d=f"M0,{height:g}H{WIDTH:g}", class_="grid") for height in (2.0, HEIGHT / 2, HEIGHT - 2.0)]
    span = (shown.until - shown.since) / timedelta(seconds=1)
    marks = [
        tag(
            "path",
            tag("title", f"{mark.label}, {when(mark.at)} UTC"),
            d=f"M{(mark.at - shown.since) / timedelta(seconds=1) / span * WIDTH:.4g},0V{HEIGHT:g}",
            class_="mark",
        )
        for mark in shown.marks
    ]
    lines = [
        tag("path", d=course(line.values, low, high, WIDTH, HEIGHT), class_=f"line{place}")
        for place, line in enumerate(shown.lines, start=1)
    ]
    label = f"{shown.title}, {when(shown.since)} to {when(shown.until)} UTC"
    return _svg(WIDTH, HEIGHT, "drawing", label, [*grid, *marks, *lines])


def _svg(width: float, height: float, kind: str, label: str, inside: Sequence[ET.Element]) -> ET.Element:
    made = tag("svg", *inside, class_=kind, role="img", aria_label=label)
    made.set("viewBox", f"0 0 {width:g} {height:g}")
    made.set("preserveAspectRatio", "none")
    return made


def _height(value: float, unit: str) -> str:
    return f"{value:.4g}" if unit == "sessions" else f"{value * 100:.3g}%"


def _instants(since: datetime, until: datetime) -> list[str]:
    form = "%H:%M" if until - since <= timedelta(days=2) else "%b %d"
    return [f"{(since + (until - since) * part / _TICKS).astimezone(UTC):{form}}" for part in range(_TICKS + 1)]
