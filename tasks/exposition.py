"""What Prometheus scrapes, from whichever process: the ledgers' latest values, so that prefork changes nothing.

`text()` is for an HTTP API to mount; the worker serves `read` on a port of its own (`worker.exposition`).
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from celeriac import sql
from celeriac.errors import CeleriacError
from celeriac.metrics import exposition, history, live
from celeriac.metrics.exposition import CONTENT_TYPE
from celeriac.metrics.history import Latest
from config.database import ledger
from config.settings import settings
from tasks import heartbeat

__all__ = ["CONTENT_TYPE", "read", "text"]

logger = logging.getLogger(__name__)

WITHIN_MS: Final = 2_000
"""Of each statement: a scraper gives up after ten seconds."""


def text(targets: Iterable[str] | None = None) -> bytes:
    """Return the exposition of these targets, or of all, in Prometheus's text format (`CONTENT_TYPE`)."""
    return exposition.exposition(read(targets))


def read(targets: Iterable[str] | None = None) -> Mapping[str, tuple[Latest, ...]]:
    """Return the latest values by target; a target whose ledger is away says so and stops no other."""
    beat = _beat()
    return {target: (*_of(target), *beat) for target in (settings().targets if targets is None else targets)}


def _of(target: str) -> Iterator[Latest]:
    policy = settings().metrics
    try:
        with ledger(target) as state, sql.bounded(state, WITHIN_MS):
            found = (*history.latest(state, target, policy), *live.read(state, target, WITHIN_MS))
    except (CeleriacError, SQLAlchemyError) as error:
        logger.warning("the ledger of %s was not read for a scrape: %s", target, type(error).__name__)
        yield from live.now([live.LEDGER_UP.of(0)])
        return
    yield from found
    yield from live.now([live.LEDGER_UP.of(1)])


def _beat() -> tuple[Latest, ...]:
    try:
        at = heartbeat.last()
    except RedisError as error:
        logger.warning("beat's mark was not read for a scrape: %s", type(error).__name__)
        return ()
    return () if at is None else live.now([live.BEAT.of(at)])
