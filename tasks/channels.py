"""The configured channels as the domain knows them: the secrets leave `SecretStr` here and go nowhere else."""

from datetime import timedelta
from typing import Any

from celery import current_app
from kombu import Queue
from kombu.exceptions import OperationalError as BrokerAway
from pydantic import SecretStr

from celeriac.alerts.channels.alertmanager import Alertmanager, Webhook
from celeriac.alerts.channels.email import Email
from celeriac.alerts.channels.log import Log
from celeriac.alerts.channels.slack import Slack
from celeriac.alerts.channels.task import Task
from celeriac.alerts.deliver import Send
from celeriac.alerts.owe import Listener
from config.sections.telling import ChannelSettings
from config.settings import settings


def listeners() -> tuple[Listener, ...]:
    """Return who is told what, as far as it is decided."""
    return tuple(Listener(name, one.severity, one.after) for name, one in settings().channels.items())


def senders() -> dict[str, Send]:
    """Return the way to each channel."""
    return {name: _sender(name, one) for name, one in settings().channels.items()}


def _sender(name: str, one: ChannelSettings) -> Send:
    match one.kind:
        case "slack":
            return Slack(_plain(one.url), one.timeout_s)
        case "alertmanager":
            return Alertmanager(_plain(one.url), _stays(), one.timeout_s)
        case "webhook":
            return Webhook(_plain(one.url), name, one.timeout_s)
        case "email":
            return _email(one)
        case "task":
            return Task(one.task or "", _send_task, one.queue)
        case "log":
            return Log()


def _email(one: ChannelSettings) -> Email:
    return Email(
        host=one.host or "",
        port=one.port,
        sender=one.sender or "",
        to=one.to,
        security=one.security,
        user=one.user,
        password=_plain(one.password) if one.password else None,
        ca_file=str(one.ca_file) if one.ca_file else None,
        timeout_s=one.timeout_s,
    )


def _stays() -> timedelta:
    """How long an Alertmanager keeps what is not repeated: two repetitions, or for good where there are none."""
    return 2 * settings().alerts.repeat_after or timedelta(days=365)


def _send_task(name: str, arguments: dict[str, Any], queue: str | None) -> None:
    # A queue that is not ours is not declared: as a name alone it would be refused.
    theirs: Any = Queue(queue) if queue else None
    try:
        current_app.send_task(name, kwargs=arguments, queue=theirs, ignore_result=True)
    except BrokerAway as error:
        raise ConnectionError from error


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
