"""A Celery that only sends: it gives up at once where a worker would wait for its broker for ever.

It has no result backend: a backend on Redis listens for the result of whatever it sends, and a service that sends for
years would listen to all of it. Results are read by their key (`web.documents.tasks`).
"""

import logging
import os
import time
from typing import Any, Final

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from celeriac.errors import CeleriacError
from celeriac.metrics.samplers.queues import SENT_AT
from config.messaging import broker, results
from config.settings import settings

logger = logging.getLogger(__name__)

PATIENCE_S: Final = 3.0
"""For one word from the broker: a request must not hang with it."""

_made: dict[tuple[int, str], Celery] = {}


class BrokerAway(CeleriacError):
    """The broker does not take tasks now ({detail}); nothing was begun, ask again in some seconds."""


def send(task: str, arguments: dict[str, Any], *, task_id: str | None = None, **options: Any) -> str:
    """Send a task by its name and return its id; raises BrokerAway."""
    try:
        sent = _producer().send_task(
            task,
            kwargs=arguments,
            task_id=task_id,
            headers={SENT_AT: time.time()},  # its age in the queue is a metric
            retry=False,
            **options,
        )
    except (OperationalError, RedisError, OSError) as error:
        raise BrokerAway(detail=type(error).__name__) from None
    return str(sent.id)


def tell(task: str, arguments: dict[str, Any], **options: Any) -> bool:
    """Send a task that only hastens what stands in the ledger; False where the broker is away."""
    try:
        send(task, arguments, **options)
    except BrokerAway as away:
        logger.warning("%s was not sent, its next round will see to it: %s", task, away)
        return False
    return True


def _producer() -> Celery:
    key = (os.getpid(), settings().redis.broker_url.get_secret_value())
    if key not in _made:
        _made[key] = _make()
    return _made[key]


def _make() -> Celery:
    made = Celery("celeriac-web", set_as_current=False)
    travels = broker(settings())
    made.conf.update(travels)
    made.conf.update(
        {name: value for name, value in results(settings()).items() if "result" not in name and "redis" not in name}
    )
    made.conf.broker_transport_options = {
        **travels["broker_transport_options"],
        "socket_timeout": PATIENCE_S,
        "socket_connect_timeout": PATIENCE_S,
        "max_retries": 0,  # without a number kombu tries to connect for ever
    }
    return made
