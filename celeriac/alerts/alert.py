"""An alert, a silence and a notice, as the ledger and the channels know them."""

from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Literal

from celeriac.alerts.rule import Severity

State = Literal["pending", "firing", "resolved"]
Kind = Literal["firing", "escalated", "repeated", "resolved"]
"""What a notice says: it has begun; it goes on and nobody acknowledged it; it still goes on; it is over."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One subject of one rule that is, or was, not as it should be."""

    target: str
    rule: str
    subject: str
    severity: Severity
    sentence: str
    value: float
    state: State
    since: datetime
    """When the threshold was first exceeded."""
    last_seen: datetime
    """When it was last beyond the bound that clears it."""
    id: int | None = None
    fired_at: datetime | None = None
    clear_since: datetime | None = None
    resolved_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    notified_at: datetime | None = None
    """When somebody was last told."""

    @property
    def key(self) -> tuple[str, str]:
        """What is open at most once in a target."""
        return self.rule, self.subject


@dataclass(frozen=True, slots=True)
class Silence:
    """A person's word that nobody be told of some alerts for a while."""

    id: int
    target: str
    rule: str
    """A pattern, as a shell's."""
    subject: str
    until: datetime
    actor: str
    reason: str
    created_at: datetime

    def covers(self, alert: Alert, now: datetime) -> bool:
        """Say whether nobody is to be told of an alert."""
        fits = fnmatchcase(alert.rule, self.rule) and fnmatchcase(alert.subject, self.subject)
        return fits and now < self.until


@dataclass(frozen=True, slots=True)
class Notice:
    """What one channel is to be told of one alert."""

    kind: Kind
    channel: str
    alert: Alert
