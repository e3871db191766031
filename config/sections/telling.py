"""How others watch us, and whom alerts are told to."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from celeriac.alerts.rule import Severity
from config.sections.section import Duration, Positive, Section


class MonitoringSettings(Section):
    """How others watch us: a scraper, a dead man's switch, and the workers each other."""

    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Where a general worker serves Prometheus at /metrics; 0 for not at all."""
    address: str = "127.0.0.1"
    """The interface it listens on; /metrics asks for no password, so let no stranger reach it."""
    heartbeat_url: SecretStr | None = None
    """Called after each round of alerts while capture and beat go on; whoever watches it raises the alarm when calls cease."""  # noqa: E501
    watch_every: Duration = timedelta(seconds=30)
    """How often each worker looks whether alerts are still evaluated, and sends the task itself where they are not."""
    overdue_after: Duration = timedelta(minutes=2)
    """When they count as not evaluated any more."""


class ChannelSettings(Section):
    """One way to tell somebody of alerts."""

    kind: Literal["slack", "alertmanager", "webhook", "email", "log", "task"]
    """slack (Mattermost too), alertmanager (its API v2), webhook (Alertmanager's webhook body), email, log or task."""
    severity: Severity = "info"
    """The mildest that is told here: info, warning or critical."""
    after: Duration = timedelta(0)
    """Escalation: told only of what has fired for so long and nobody acknowledged."""
    timeout_s: Positive = 10.0
    """How long the receiver may take for an answer."""
    url: SecretStr | None = None
    """Of slack, alertmanager (ends in /api/v2/alerts) and webhook."""
    host: str | None = None
    """The mail server; of email, as all down to `ca_file`."""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    """Its port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted."""
    user: str | None = None
    """Whom to log in as; without one nobody logs in."""
    password: SecretStr | None = None
    """The password of that user."""
    sender: str | None = None
    """Who writes."""
    to: tuple[str, ...] = ()
    """Who receives."""
    ca_file: Path | None = None
    """Certificates of an authority of one's own; the system's by default."""
    task: str | None = None
    """The receiver's own Celery task; of task."""
    queue: str | None = None
    """The queue its worker takes from."""

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> "ChannelSettings":
        needed = {"email": ("host", "sender", "to"), "task": ("task", "queue"), "log": ()}.get(self.kind, ("url",))
        if missing := [name for name in needed if not getattr(self, name)]:
            raise ValueError(f"a channel of kind {self.kind} needs {' and '.join(missing)}")
        if self.url is not None and not re.match("https?://", self.url.get_secret_value()):
            raise ValueError("its url is not an HTTP URL; write https://host/path")
        return self
