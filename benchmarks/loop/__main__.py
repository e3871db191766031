"""`make bench-loop`: writes benchmarks/results/loop.json and docs/img/loop.png.

Sections are named as arguments (scenarios, aa, kill9, writers; all by default), a number is the seed; each section is
kept as soon as it is measured, so that an interrupted run loses only what it was at.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.loop import deceives, drifts, helps, hurts
from benchmarks.loop.killed import killed
from benchmarks.loop.play import Played, play
from benchmarks.loop.same import same
from benchmarks.loop.stage import SEED, SERVER
from benchmarks.loop.writers import writers
from sandbox.postgres import PostgresServer, postgres
from sandbox.state import state_folder

RESULTS = Path(__file__).parents[1] / "results" / "loop.json"
BATCHES = (
    helps.SCENARIOS[:10],
    helps.SCENARIOS[10:],
    deceives.SCENARIOS,
    (*hurts.SCENARIOS, *drifts.SCENARIOS),
)
"""What is played side by side."""
FIGURES = (
    "scenarios", "right", "harmful_left", "helpful_reverted", "aa_windows", "aa_false", "kill9_rounds", "kill9_agree",
    "writer_p99_ratio", "writer_throughput_ratio", "longest_wait_s",
)  # fmt: skip
Section = Callable[[PostgresServer, int], tuple[dict[str, Any], Any]]
"""Returns figures, and details to be kept under the section's name."""


def main(arguments: list[str]) -> None:
    """Measure the sections named, or all of them, and add what they found to the results."""
    seed = next((int(one) for one in arguments if one.isdigit()), SEED)
    chosen = [one for one in arguments if not one.isdigit()] or list(SECTIONS)
    for name in chosen:
        section, durable = SECTIONS[name]
        with state_folder() as state, postgres(state, durable=durable, settings=SERVER) as server:
            figures, details = section(server, seed)
        print(name, json.dumps(figures), flush=True)
        if seed == SEED:
            _keep(name, figures, details)


def scenarios(server: PostgresServer, seed: int) -> tuple[dict[str, Any], Any]:
    """Play all of them, ten at a time."""
    played: list[Played] = []
    for number, batch in enumerate(BATCHES):
        for one in play(server, f"batch_{number}", batch, seed):
            played.append(one)
            _tell(one)
    figures = {
        "scenarios": len(played),
        "right": sum(one.is_right for one in played),
        "harmful_left": sum(one.harmful_left for one in played),
        "helpful_reverted": sum(one.helpful_reverted for one in played),
    }
    return figures, [one.as_json() for one in played]


def _tell(one: Played) -> None:
    told = one.as_json()
    print(
        f"{'right' if one.is_right else 'WRONG':5} {told['name']:18} {told['decided']:10} in {told['seconds']:5.1f} s; "
        f"promised {told['promised_cost_ratio']}, truly {one.truth.right} ({one.truth.saved_ratio:+.0%}): "
        f"{told['reason']}",
        flush=True,
    )


def _keep(name: str, figures: dict[str, Any], details: Any) -> None:
    from benchmarks.loop.plot import plot  # matplotlib takes a second, which other seeds do not need

    found: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    known = {**found, **figures}
    details = {**found.get("details", {}), name: details}
    RESULTS.write_text(
        json.dumps({**{one: known.get(one) for one in FIGURES}, "details": details}, indent=1) + "\n", encoding="utf-8"
    )
    plot(json.loads(RESULTS.read_text()))


SECTIONS: dict[str, tuple[Section, bool]] = {
    "scenarios": (scenarios, False),
    "aa": (same, False),
    "kill9": (killed, True),
    "writers": (writers, True),
}
"""Each with whether its server keeps what it commits, come what may."""

if __name__ == "__main__":
    main(sys.argv[1:])
