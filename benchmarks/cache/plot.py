"""The picture of the results: each case with all sides, the fastest on top."""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt

PICTURE = Path(__file__).parents[2] / "docs" / "img" / "cache.png"
OURS, THEIRS = "#5b8c3e", "#b9b2a3"
CASES = {
    "hit of 1 KB": "A hit of 1 KB, µs",
    "hit of 100 KB": "A hit of 100 KB, µs",
    "100 keys at once": "100 keys at once, µs",
    "decorated hit": "A decorated hit, µs",
    "hit in the process tier, 1 KB": "In the process tier, µs",
    "slowest of 32 callers, 200 ms of work": "Slowest of 32 callers, ms",
}


def plot(rows: list[dict[str, Any]]) -> None:
    """Draw each case that was measured, the fastest on top."""
    drawn = [row for row in rows if row["case"] in CASES]
    if not drawn:
        return
    height = -(-len(drawn) // 2)
    figure, axes = plt.subplots(height, 2, figsize=(10, 2.4 * height), layout="constrained", squeeze=False)
    for panel in axes.flat[len(drawn) :]:
        panel.axis("off")
    for row, panel in zip(drawn, axes.flat, strict=False):
        _bars(panel, {"celeriac": row["ours"], **row["anchors"]}, CASES[row["case"]])
    figure.savefig(PICTURE, dpi=110)
    plt.close(figure)


def _bars(panel: Any, figures: dict[str, float], title: str) -> None:
    ordered = sorted(figures.items(), key=lambda one: -one[1])
    names, values = [name for name, _ in ordered], [value for _, value in ordered]
    bars = panel.barh(names, values, color=[OURS if name.startswith("celeriac") else THEIRS for name in names])
    panel.bar_label(bars, fmt="%.4g", padding=3, fontsize=8)
    panel.set_title(title, fontsize=10)
    panel.tick_params(labelsize=8)
    panel.spines[["top", "right"]].set_visible(False)
    panel.margins(x=0.15)
