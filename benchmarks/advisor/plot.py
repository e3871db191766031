"""The pictures of the results: relative cost against budget, and time against statements."""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt

PICTURE = Path(__file__).parents[2] / "docs" / "img" / "advisor.png"
COLOURS = {"celeriac": "#5b8c3e", "extend-1": "#c9a227", "extend-3": "#c0582b"}


def plot(found: dict[str, Any]) -> None:
    """Draw what was measured; sections that were not run stay empty."""
    figure, (papers, retail, grown) = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
    _lines(papers, found.get("papers", []), "TPC-H, 19 queries, HypoPG's sizes")
    _lines(retail, found.get("retail", []), "A hundred many-join statements")
    points = found.get("growth", [])
    grown.plot([p["statements"] for p in points], [p["seconds"] for p in points], "o-", color=COLOURS["celeriac"])
    grown.set(title="A thousand tables", xlabel="statements", ylabel="seconds", ylim=(0, None), xlim=(0, None))
    figure.savefig(PICTURE, dpi=110)
    plt.close(figure)


def _lines(axes: Any, results: list[dict[str, Any]], title: str) -> None:
    for side, colour in COLOURS.items():
        points = [(r["budget_bytes"] / 1e6, r["relative_cost"]) for r in results if r["side"] == side]
        if points:
            axes.plot(*zip(*points, strict=True), "o-", label=side, color=colour)
    axes.set(title=title, xlabel="budget, MB", ylabel="cost, relative to primary keys only")
    if results:
        axes.legend(frameon=False)
