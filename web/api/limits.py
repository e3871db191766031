"""How much one subject may ask for in a minute: reads are counted in this process, changes in Redis for all of them."""

import time
from hashlib import blake2b

from config.redis import results_client
from config.settings import settings
from web.api.problems import Problem

_MINUTE_S = 60


class Reads:
    """Counts the reads of each subject in the current minute."""

    def __init__(self) -> None:
        self._minute = 0
        self._counts: dict[str, int] = {}

    def count(self, subject: str) -> None:
        """Count one read; raises Problem 429 beyond the limit."""
        limit = settings().api.reads_per_minute
        now = time.time()
        if (minute := int(now) // _MINUTE_S) != self._minute:
            self._minute, self._counts = minute, {}
        asked = self._counts[subject] = self._counts.get(subject, 0) + 1
        _refuse_beyond(limit, asked, now)


def count_change(subject: str) -> None:
    """Count one change; raises Problem 429 beyond the limit, and what Redis raises."""
    now = time.time()
    key = f"celeriac:api:changes:{blake2b(subject.encode(), digest_size=16).hexdigest()}:{int(now) // _MINUTE_S}"
    with results_client().pipeline(transaction=False) as pipeline:
        pipeline.incr(key)
        pipeline.expire(key, 2 * _MINUTE_S)
        asked = int(pipeline.execute()[0])
    _refuse_beyond(settings().api.changes_per_minute, asked, now)


def _refuse_beyond(limit: int, asked: int, now: float) -> None:
    if limit and asked > limit:
        seconds = _MINUTE_S - int(now) % _MINUTE_S
        raise Problem(429, "TooMany", f"More than {limit} requests in this minute.", Retry_After=str(seconds))
