"""Slack's incoming webhooks, and what understands them: Mattermost, Rocket.Chat, Discord (with /slack).

https://api.slack.com/messaging/webhooks
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from celeriac.alerts.alert import Notice
from celeriac.alerts.channels import http
from celeriac.alerts.channels.words import MARKS, headline, name, sentence
from celeriac.alerts.rule import Severity

_COLOURS: Final[dict[Severity, str]] = {"critical": "#c0392b", "warning": "#d68910", "info": "#2e6da4"}
_RESOLVED: Final = "#2e8b57"


@dataclass(frozen=True, slots=True)
class Slack:
    """One incoming webhook."""

    url: str = field(repr=False)
    timeout_s: float = 10

    def __call__(self, notices: Sequence[Notice]) -> None:
        """Send one message with an attachment a notice; raises NotDelivered."""
        http.post(self.url, body(notices), self.timeout_s)


def body(notices: Sequence[Notice]) -> dict[str, Any]:
    """Return the message."""
    return {"text": _escaped(headline(notices)), "attachments": [_attachment(notice) for notice in notices]}


def _attachment(notice: Notice) -> dict[str, Any]:
    alert = notice.alert
    return {
        "color": _RESOLVED if notice.kind == "resolved" else _COLOURS[alert.severity],
        "title": _escaped(f"{MARKS[notice.kind]}: {name(notice)}"),
        "text": _escaped(sentence(notice)),
        "fallback": _escaped(f"{MARKS[notice.kind]}: {name(notice)}: {sentence(notice)}"),
        "footer": f"celeriac, {alert.severity}",
        "ts": int((alert.resolved_at or alert.fired_at or alert.since).timestamp()),
    }


def _escaped(text: str) -> str:
    """Keep what a database holds from being read as Slack's own marks: <!channel> would wake everybody.

    >>> _escaped("a < b & <!channel>")
    'a &lt; b &amp; &lt;!channel&gt;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
