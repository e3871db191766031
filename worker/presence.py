"""Says every few seconds that this worker is there: its pool, what runs in it, the memory of all its processes."""

import logging
import time
from threading import Event, Thread
from typing import Any

import psutil
from celery import bootsteps
from celery.worker import state
from redis.exceptions import RedisError

from celeriac.metrics.sources import WorkerState
from tasks import presence
from worker import quiet

logger = logging.getLogger(__name__)


class Presence(bootsteps.StartStopStep):
    """A thread of the worker's parent process, for as long as the worker runs."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self.ended = Event()
        self.thread: Thread | None = None

    def start(self, parent: Any) -> None:
        """Begin to say so."""
        self.thread = Thread(target=self._say, args=(parent,), daemon=True, name="celeriac-presence")
        self.thread.start()

    def stop(self, parent: Any) -> None:
        """End the thread, and say that the worker has gone."""
        self.ended.set()
        if self.thread is not None:
            self.thread.join(quiet.PATIENCE_S)
        _try(lambda: presence.leave(parent.hostname))

    def _say(self, parent: Any) -> None:
        while not self.ended.is_set():
            with quiet.busy():
                _try(lambda: presence.note(parent.hostname, look(parent)))
            self.ended.wait(presence.EVERY_S)


def look(parent: Any) -> WorkerState:
    """Return how a worker is; what its pool does not tell counts as one process."""
    ours = psutil.Process()
    resident = [ours.memory_info().rss]
    for child in ours.children(recursive=True):
        try:
            resident.append(child.memory_info().rss)
        except psutil.NoSuchProcess:  # it ended meanwhile
            continue
    return WorkerState(
        at=time.time(),
        processes=int(getattr(parent.pool, "num_processes", None) or 1),
        active=len(state.active_requests),
        resident_bytes=sum(resident),
    )


def _try(act: Any) -> None:
    try:
        act()
    except RedisError as error:
        logger.warning("that this worker is there was not said: %s", type(error).__name__)
