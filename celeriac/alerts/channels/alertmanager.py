"""Prometheus's Alertmanager: its API version 2, which takes alerts, and the webhook body it sends itself, which many
receivers understand.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml and
https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from celeriac.alerts.alert import Alert, Notice
from celeriac.alerts.channels import http
from celeriac.alerts.channels.words import headline

_NEVER: Final = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """The endpoint `…/api/v2/alerts` of an Alertmanager."""

    url: str = field(repr=False)
    stays: timedelta
    """An alert that is not repeated within this time counts as resolved there: longer than our repetition."""
    timeout_s: float = 10

    def __call__(self, notices: Sequence[Notice]) -> None:
        """Post the alerts; raises NotDelivered."""
        http.post(self.url, alerts(notices, datetime.now().astimezone(), self.stays), self.timeout_s)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A receiver of Alertmanager's own webhooks."""

    url: str = field(repr=False)
    name: str = "celeriac"
    timeout_s: float = 10

    def __call__(self, notices: Sequence[Notice]) -> None:
        """Post one message; raises NotDelivered."""
        http.post(self.url, message(notices, self.name), self.timeout_s)


def alerts(notices: Sequence[Notice], now: datetime, stays: timedelta) -> list[dict[str, Any]]:
    """Return what the API takes: of one that fires, the end is when it must have been repeated."""
    return [
        {
            "labels": _labels(notice.alert),
            "annotations": _annotations(notice.alert),
            "startsAt": _began(notice.alert),
            "endsAt": notice.alert.resolved_at or now + stays,
        }
        for notice in notices
    ]


def message(notices: Sequence[Notice], receiver: str) -> dict[str, Any]:
    """Return a webhook of version 4: its status is firing as long as one of its alerts is."""
    labels = [_labels(notice.alert) for notice in notices]
    common = {key: value for key, value in labels[0].items() if all(one.get(key) == value for one in labels)}
    grouped = {key: common[key] for key in ("target",) if key in common}
    return {
        "version": "4",
        "groupKey": f"celeriac:{grouped.get('target', '*')}",
        "truncatedAlerts": 0,
        "status": "resolved" if all(notice.kind == "resolved" for notice in notices) else "firing",
        "receiver": receiver,
        "groupLabels": grouped,
        "commonLabels": common,
        "commonAnnotations": {"summary": headline(notices)},
        "externalURL": "",
        "alerts": [_alert(notice, one) for notice, one in zip(notices, labels, strict=True)],
    }


def _alert(notice: Notice, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "status": "resolved" if notice.kind == "resolved" else "firing",
        "labels": labels,
        "annotations": _annotations(notice.alert),
        "startsAt": _began(notice.alert),
        "endsAt": notice.alert.resolved_at or _NEVER,
        "generatorURL": "",
        "fingerprint": blake2b(repr(sorted(labels.items())).encode(), digest_size=8).hexdigest(),
    }


def _labels(alert: Alert) -> dict[str, str]:
    """What identifies an alert; the value is none of it, or each change would be an alert of its own."""
    labels = {
        "alertname": alert.rule,
        "target": alert.target,
        "subject": alert.subject,
        "severity": alert.severity,
        "service": "celeriac",
    }
    return {name: value for name, value in labels.items() if value}  # an empty label is none to Prometheus


def _annotations(alert: Alert) -> dict[str, str]:
    return {"summary": alert.sentence, "value": f"{alert.value:g}"}


def _began(alert: Alert) -> datetime:
    return alert.fired_at or alert.since
