"""The dead man's watch: beat cannot tell that it has stopped, so each worker looks whether alerts are still evaluated.

Where they are not, it sends that one task itself; the evaluation then finds what has stopped. Where no worker is left
either, the calls of `monitoring.heartbeat_url` cease and /metrics is gone: that is for somebody outside to notice.
"""

import logging
import time
from collections.abc import Iterable
from datetime import datetime
from threading import Event, Thread
from typing import Any, Final

from celery import Celery, bootsteps
from kombu.exceptions import OperationalError as BrokerAway
from redis.exceptions import RedisError

from celeriac.priorities import HIGH
from config.redis import results_client
from config.settings import settings
from tasks import heartbeat, outcomes
from tasks.duties import period_s
from worker import quiet

logger = logging.getLogger(__name__)

TASK: Final = "celeriac.alerts.evaluate"
_ENTRY: Final = "alerts_evaluate"


class Watch(bootsteps.StartStopStep):
    """A thread of the worker's parent process, for as long as the worker runs."""

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self.ended = Event()
        self.thread: Thread | None = None

    def start(self, parent: Any) -> None:
        """Begin to look, unless an operator has switched it or the evaluation off."""
        every_s = settings().monitoring.watch_every.total_seconds()
        if every_s and period_s(_ENTRY):
            self.thread = Thread(target=self._watch, args=(parent.app, every_s), daemon=True, name="celeriac-watch")
            self.thread.start()

    def stop(self, _parent: Any) -> None:
        """End the thread."""
        self.ended.set()
        if self.thread is not None:
            self.thread.join(quiet.PATIENCE_S)

    def _watch(self, app: Celery, every_s: float) -> None:
        while not self.ended.wait(every_s):
            with quiet.busy():
                heartbeat.begin()
                look(app, settings().targets)


def look(app: Celery, targets: Iterable[str]) -> None:
    """Send the evaluation of every target where it is overdue; of several workers, one does."""
    for target in targets:
        try:
            if _overdue(target) and _first(target):
                logger.warning("alerts of %s are not evaluated any more: beat or the queue stands still", target)
                app.send_task(TASK, kwargs={"target": target}, priority=HIGH, expires=_allowed_s())
        except (RedisError, BrokerAway) as error:
            logger.warning("whether alerts of %s are evaluated is not known: %s", target, type(error).__name__)


def _overdue(target: str) -> bool:
    last = outcomes.last(target, [TASK]).get(TASK)
    if last is None:
        return True
    return time.time() - datetime.fromisoformat(last["at"]).timestamp() > _allowed_s()


def _first(target: str) -> bool:
    return bool(results_client().set(f"celeriac:{target}:watch", "sent", nx=True, ex=max(1, int(_allowed_s() / 2))))


def _allowed_s() -> float:
    return max(settings().monitoring.overdue_after.total_seconds(), 2 * period_s(_ENTRY))
