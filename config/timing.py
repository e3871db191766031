"""How long each statement of ours takes: a warning, then an error, with the fingerprint and never the parameters."""

import logging
import re
import time
from datetime import timedelta
from hashlib import blake2b

from sqlalchemy import Connection, Engine, event

logger = logging.getLogger(__name__)

_STARTED = "celeriac_started"
_SIGNATURE = re.compile(r"/\* (celeriac:\w+) \*/")


def watch(engine: Engine, slow_after: timedelta, very_slow_after: timedelta, *, patient: bool = False) -> None:
    """Log what takes longer than the two limits; a `patient` engine runs DDL, whose length is no surprise."""
    slow_s, very_slow_s = slow_after.total_seconds(), very_slow_after.total_seconds()

    def started(
        connection: Connection, _cursor: object, _statement: str, _parameters: object, _context: object, _many: bool
    ) -> None:
        connection.info[_STARTED] = time.perf_counter()

    def ended(
        connection: Connection, _cursor: object, statement: str, _parameters: object, _context: object, _many: bool
    ) -> None:
        seconds = time.perf_counter() - connection.info.pop(_STARTED, time.perf_counter())
        if seconds > slow_s:
            level = logging.INFO if patient else logging.ERROR if seconds > very_slow_s else logging.WARNING
            logger.log(level, "statement %s took %.1f s", fingerprint(statement), seconds)

    event.listen(engine, "before_cursor_execute", started)
    event.listen(engine, "after_cursor_execute", ended)


def fingerprint(statement: str) -> str:
    """Name a statement for the log: its signature where it has one, and a digest.

    >>> fingerprint("SELECT /* celeriac:tables */ 1")
    'celeriac:tables/ce8432b2'
    """
    signature = _SIGNATURE.search(statement)
    digest = blake2b(statement.encode(), digest_size=4).hexdigest()
    return f"{signature.group(1)}/{digest}" if signature else digest
