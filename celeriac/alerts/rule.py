"""A rule: which readings, compared with what, for how long, and how it is said."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
"""The mildest first."""
Comparison = Literal[">=", "<="]
Combine = Literal["sum", "max", "min"]

_COMPARE: Mapping[Comparison, Callable[[float, float], bool]] = {">=": operator.ge, "<=": operator.le}


@dataclass(frozen=True, slots=True)
class Rule:
    """When readings of one name are worth an alert; each subject of them has an alert of its own."""

    name: str
    metric: str
    """A name of docs/metrics.md, or one of docs/alerts.md."""
    threshold: float
    comparison: Comparison = ">="
    clear: float | None = None
    """Hysteresis: what fired calms down only beyond this bound; the threshold itself by default."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Only readings whose labels match these patterns (`*` stands for anything)."""
    by: tuple[str, ...] = ()
    """The labels that make a subject; without any, all readings make one."""
    combine: Combine = "sum"
    """How several readings of one subject become one value."""
    per: str | None = None
    """The name that the value is divided by, for a ratio; 0 there says nothing."""
    per_labels: Mapping[str, str] = field(default_factory=dict)
    at_least: float = 0
    """A ratio of less than so much says nothing."""
    over: timedelta | None = None
    """Of counters: by how much they rose within this time."""
    lasts: timedelta = timedelta(0)
    """How long it must hold before it fires."""
    calm: timedelta = timedelta(minutes=1)
    """How long it must be clear before it is resolved."""
    severity: Severity = "warning"
    sentence: str = "{metric} is {value:.4g} ({comparison} {threshold:.4g})."
    """What is said; knows value, threshold, metric, comparison and the labels of `by`."""
    unless: tuple[str, ...] = ()
    """Nobody is told while one of these rules fires: it is the cause."""
    once: bool = False
    """An event and not a state: that it is over is not told."""

    def breached(self, value: float) -> bool:
        """Say whether a value is beyond the threshold."""
        return _COMPARE[self.comparison](value, self.threshold)

    def holds(self, value: float) -> bool:
        """Say whether what fired goes on: the value has not come back beyond the bound that clears it.

        >>> full = Rule("full", "fill", 0.9, clear=0.8)
        >>> full.breached(0.85), full.holds(0.85), full.holds(0.7)
        (False, True, False)
        """
        return _COMPARE[self.comparison](value, self.threshold if self.clear is None else self.clear)
