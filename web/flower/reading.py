"""Reads and actions off Flower's loop: in threads of their own, for a bounded time.

A database that is away must cost its page a sentence, not Flower its loop nor its own threads.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from celeriac.errors import CeleriacError

logger = logging.getLogger(__name__)

WAIT_S: Final = 10.0
"""Past a connection's time-out, and as long as a person waits for a page."""
THREADS: Final = 6

Returned = TypeVar("Returned")

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="optimizer")


class TooSlow(CeleriacError):
    """The database or Redis has not answered within {seconds:g} seconds; the page asks again by itself."""


class RedisAway(CeleriacError):
    """Redis does not answer ({detail}); look at the instances that CELERIAC_REDIS__… name."""


class DatabaseFailed(CeleriacError):
    """The database did not answer as it should ({detail}); Flower's log holds the rest."""


async def apart(function: Callable[..., Returned], *arguments: Any) -> Returned:
    """Call a blocking function in a thread; raises CeleriacError, TooSlow among others."""
    running = asyncio.get_running_loop().run_in_executor(_threads, _typed, function, arguments)
    try:
        return await asyncio.wait_for(running, WAIT_S)
    except TimeoutError:
        raise TooSlow(seconds=WAIT_S) from None


def _typed(function: Callable[..., Returned], arguments: tuple[Any, ...]) -> Returned:
    try:
        return function(*arguments)
    except RedisError as error:
        raise RedisAway(detail=type(error).__name__) from error
    except SQLAlchemyError as error:
        logger.exception("a page was not read")
        raise DatabaseFailed(detail=type(error).__name__) from error
