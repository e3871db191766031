"""The pictures of the results: relative cost against budget, and time against statements."""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt

PICTURE = Path(__file__).parents[2] / "docs" / "img" / "advisor.png"
COLOURS = {"celeriac": "#5b8c3e", "extend-1": "#c9a227", "extend-3": "#c0582b"}

PANELS = {
    "papers": "TPC-H, 19 queries, HypoPG's sizes",
    "retail": "A hundred many-join statements",
    "growth": "A thousand tables",
}


def plot(found: dict[str, Any]) -> None:
    """Draw each section that was measured."""
    drawn = [name for name in PANELS if found.get(name)]
    if not drawn:
        return
    figure, axes = plt.subplots(1, len(drawn), figsize=(4.3 * len(drawn), 4), layout="constrained", squeeze=False)
    for name, panel in zip(drawn, axes[0], strict=True):
        (_growth if name == "growth" else _lines)(panel, found[name], PANELS[name])
    figure.savefig(PICTURE, dpi=110)
    plt.close(figure)


def _growth(axes: Any, points: list[dict[str, Any]], title: str) -> None:
    axes.plot([p["statements"] for p in points], [p["seconds"] for p in points], "o-", color=COLOURS["celeriac"])
    axes.set(title=title, xlabel="statements", ylabel="seconds", ylim=(0, None), xlim=(0, None))


def _lines(axes: Any, results: list[dict[str, Any]], title: str) -> None:
    for side, colour in COLOURS.items():
        points = [(r["budget_bytes"] / 1e6, r["relative_cost"]) for r in results if r["side"] == side]
        if points:
            axes.plot(*zip(*points, strict=True), "o-", label=side, color=colour)
    axes.set(title=title, xlabel="budget, MB", ylabel="cost, relative to primary keys only")
    axes.legend(frameon=False)
