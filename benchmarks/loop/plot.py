"""The picture of the results: what was decided, how soon ledger and catalog agreed, and what the writers felt."""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt

PICTURE = Path(__file__).parents[2] / "docs" / "img" / "loop.png"
RIGHT, WRONG, PLAIN = "#5b8c3e", "#c0582b", "#8a8a8a"


def plot(found: dict[str, Any]) -> None:
    """Draw each section that was measured."""
    details = found.get("details", {})
    drawn = [(name, panel) for name, panel in PANELS.items() if details.get(name)]
    if not drawn:
        return
    figure, axes = plt.subplots(1, len(drawn), figsize=(5 * len(drawn), 5.5), layout="constrained", squeeze=False)
    for (name, panel), where in zip(drawn, axes[0], strict=True):
        panel(where, details[name])
    figure.savefig(PICTURE, dpi=100)
    plt.close(figure)


def _scenarios(axes: Any, played: list[dict[str, Any]]) -> None:
    names = [one["name"].replace("_", " ") for one in played]
    saved = [100 * one["truth"]["saved_ratio"] for one in played]
    colours = [(RIGHT if one["is_right"] else WRONG) if one["decided"] == "kept" else PLAIN for one in played]
    colours = [colour if one["is_right"] else WRONG for colour, one in zip(colours, played, strict=True)]
    axes.barh(names, [max(-100.0, value) for value in saved], color=colours)
    axes.axvline(0, color="black", linewidth=0.6)
    axes.invert_yaxis()
    axes.tick_params(axis="y", labelsize=6)
    axes.set(
        title=f"{sum(one['is_right'] for one in played)} of {len(played)} decided rightly\ngreen kept, grey reverted",
        xlabel="true saving, % (below -100 cut)",
    )


def _killed(axes: Any, found: dict[str, Any]) -> None:
    for way, colour in (("process", RIGHT), ("backend", PLAIN), ("server", WRONG)):
        seconds = sorted(one["agreed_s"] for one in found["rounds"] if one["killed"] == way and one["agreed_s"])
        if seconds:
            axes.step(seconds, [100 * (n + 1) / len(seconds) for n in range(len(seconds))], color=colour, label=way)
    axes.set(title="killed -9: ledger and catalog agree", xlabel="seconds after the restart", ylabel="% of the rounds")
    axes.legend(frameon=False)


def _writers(axes: Any, found: dict[str, Any]) -> None:
    phases = found["phases"]
    names = list(phases)
    axes.bar(names, [phases[one]["p99_ms"] for one in names], color=[PLAIN, RIGHT, PLAIN], width=0.5)
    for place, one in enumerate(names):
        axes.annotate(f"{phases[one]['per_s']:.0f}/s", (place, phases[one]["p99_ms"]), ha="center", va="bottom")
    axes.set(title="four writers while 1 GB is indexed", ylabel="p99, ms")


PANELS = {"scenarios": _scenarios, "kill9": _killed, "writers": _writers}
