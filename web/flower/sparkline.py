"""Small drawings without a script: SVG of numbers alone, so that nothing in them needs escaping."""

from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import Final

WIDTH: Final = 120.0
HEIGHT: Final = 28.0
_PAD: Final = 3.0


def sparkline(values: Sequence[float | None], label: str) -> str:
    """Draw a course; where a value is None the line has a gap.

    >>> "polyline" in sparkline((1.0, 2.0, None, 1.0), "mean")
    True
    """
    known = [value for value in values if value is not None]
    if not known:
        return ""
    highest = max(known) or 1.0
    step = (WIDTH - 2 * _PAD) / max(1, len(values) - 1)
    points = [
        None if value is None else (_PAD + place * step, HEIGHT - _PAD - (HEIGHT - 2 * _PAD) * value / highest)
        for place, value in enumerate(values)
    ]
    runs = [list(run) for there, run in groupby(points, key=lambda point: point is not None) if there]
    drawn = "".join(_run([point for point in run if point is not None]) for run in runs)
    frame = f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(label)}"'
    return f'<svg class="opt-spark" {frame}>{drawn}</svg>'


def pair(before: float, after: float, label: str, *, worse: bool) -> str:
    """Draw two bars, the figure before above the one after."""
    highest = max(before, after) or 1.0
    bars = "".join(
        f'<rect class="{kind}" x="0" y="{top:g}" height="9" width="{max(1.0, 144.0 * value / highest):.1f}" rx="2"/>'
        for kind, top, value in (("opt-before", 1.0, before), ("opt-worse" if worse else "opt-after", 13.0, after))
    )
    return f'<svg class="opt-pair" viewBox="0 0 144 24" role="img" aria-label="{escape(label)}">{bars}</svg>'


def _run(points: Sequence[tuple[float, float]]) -> str:
    if len(points) == 1:
        return f'<circle cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="1.8"/>'
    return f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'
