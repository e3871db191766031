"""A Celery task of the receiver's own, named and not imported: whoever calls gives the way to send it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from celeriac.alerts.alert import Notice
from celeriac.alerts.channels import NotDelivered
from celeriac.alerts.channels.words import headline

Sender = Callable[[str, dict[str, Any], str | None], None]
"""Takes a task's name, its keyword arguments and its queue; raises ConnectionError where it cannot be sent."""


@dataclass(frozen=True, slots=True)
class Task:
    """One task, sent with the keyword arguments `summary` and `alerts`."""

    name: str
    send: Sender
    queue: str | None = None

    def __call__(self, notices: Sequence[Notice]) -> None:
        """Send the task; raises NotDelivered."""
        try:
            self.send(
                self.name, {"summary": headline(notices), "alerts": [document(one) for one in notices]}, self.queue
            )
        except ConnectionError:
            raise NotDelivered(reason="the broker cannot be reached") from None


def document(notice: Notice) -> dict[str, Any]:
    """Return a notice as JSON-ready values; part of the contract with receivers."""
    alert = notice.alert
    return {
        "kind": notice.kind,
        "id": alert.id,
        "target": alert.target,
        "rule": alert.rule,
        "subject": alert.subject,
        "severity": alert.severity,
        "sentence": alert.sentence,
        "value": alert.value,
        "since": alert.since.isoformat(),
        "fired_at": alert.fired_at.isoformat() if alert.fired_at else None,
        "resolved_at": alert.resolved_at.isoformat() if alert.resolved_at else None,
    }
