"""One measured case, and how it is timed."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Row:
    """Our figure beside the others'."""

    case: str
    ours: float
    anchors: dict[str, float]
    unit: str

    def __str__(self) -> str:
        anchors = ", ".join(f"{name} {figure}" for name, figure in self.anchors.items())
        return f"{self.case}: {self.ours} {self.unit} ({anchors})"

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return asdict(self)


def p50_us(act: Callable[[], Any], times: int) -> float:
    """Return the median time of a call."""
    spent = []
    for _ in range(times):
        began = time.perf_counter_ns()
        act()
        spent.append(time.perf_counter_ns() - began)
    return median(spent) / 1000


def of_ours(case: str, figures: dict[str, float], unit: str, ours: str = "celeriac") -> Row:
    """Return a row of figures by side."""
    return Row(case, figures.pop(ours), figures, unit)
