"""Who is told how often, and how the default rules are changed; `config` composes it from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from celeriac.alerts.rule import Combine, Comparison, Severity


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What differs from the default rule of the same name, or a rule of one's own, which needs metric and threshold."""

    off: bool = False
    metric: str | None = None
    threshold: float | None = None
    comparison: Comparison | None = None
    clear: float | None = None
    labels: Mapping[str, str] | None = None
    by: tuple[str, ...] | None = None
    combine: Combine | None = None
    per: str | None = None
    per_labels: Mapping[str, str] | None = None
    at_least: float | None = None
    over: timedelta | None = None
    lasts: timedelta | None = None
    calm: timedelta | None = None
    severity: Severity | None = None
    sentence: str | None = None
    unless: tuple[str, ...] | None = None
    once: bool | None = None


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """How alerts behave."""

    rules: Mapping[str, RuleChange] = field(default_factory=dict)
    """Changes to the rules of docs/alerts.md, and rules of your own: `…__CONNECTIONS__THRESHOLD=0.9`, `…__OFF=true`."""
    repeat_after: timedelta = timedelta(hours=4)
    """Who was told of an alert that goes on unacknowledged is told again; 0 for never."""
    events_last: timedelta = timedelta(hours=1)
    """So long a failed build or a revert counts as news."""
    findings_last: timedelta = timedelta(minutes=30)
    """Findings and regressions published longer ago say nothing of now."""
    retry_after: timedelta = timedelta(seconds=30)
    """The first wait after a failed delivery; each further one is twice as long."""
    retry_after_max: timedelta = timedelta(minutes=30)
    """The longest wait."""
    attempts: int = 10
    """A delivery that failed so often is given up; the alert's repetition tries anew."""
    keep: timedelta = timedelta(days=90)
    """Of resolved alerts and their deliveries."""
