"""When beat last sent anything: its own mark in Redis, since a task that did not come tells nobody why."""

import logging
import time
from typing import Any, Final

from redis.exceptions import RedisError

from config.redis import results_client

logger = logging.getLogger(__name__)

KEY: Final = "celeriac:beat"
EVERY_S: Final = 5.0
"""Between two marks: each costs beat a round trip."""
PAUSE_S: Final = 60.0
"""After a mark that could not be left: a Redis that does not answer must not make the schedule late."""
MARK: Final = "celery_beat_task"
"""The header by which Celery tells what beat sends."""


def note(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """Leave the mark where it is beat that publishes; that it cannot be left keeps no message back."""
    global _next_at
    now = time.monotonic()
    if headers is None or not headers.get(MARK) or now < _next_at:
        return
    _next_at = now + EVERY_S
    try:
        results_client().set(KEY, time.time())
    except RedisError as error:
        _next_at = time.monotonic() + PAUSE_S
        logger.warning("beat's mark was not left: %s", type(error).__name__)


def begin() -> None:
    """Count from now where there is no mark, as on the first start or after Redis was lost."""
    try:
        results_client().set(KEY, time.time(), nx=True)
    except RedisError as error:
        logger.warning("beat's mark was not looked for: %s", type(error).__name__)


def last() -> float | None:
    """Return the instant of the mark in seconds since 1970, None where there is none."""
    stored = results_client().get(KEY)
    return None if stored is None else float(stored)


_next_at = float("-inf")
