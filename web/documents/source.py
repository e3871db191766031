"""Where documents are read from: the ledger in a read-only, time-limited transaction, and the published results."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import Connection, text

from celeriac.errors import CeleriacError
from celeriac.sql import sign
from config.database import ledger
from config.settings import settings
from tasks import results

_LIMITS = text(
    sign(
        "limits",
        "SELECT set_config('transaction_read_only', 'on', true), set_config('statement_timeout', :timeout, true)",
    )
)


class ResultsAway(CeleriacError):
    """The Redis that keeps results does not answer; what is shown from it is missing until it does."""


@contextmanager
def reading(target: str) -> Iterator[Connection]:
    """Yield a connection to the target's state database that cannot write and gives up in time."""
    timeout_ms = int(settings().database.read_timeout.total_seconds() * 1000)
    with ledger(target) as connection:
        connection.execute(_LIMITS, {"timeout": str(timeout_ms)})
        yield connection


def latest(kind: str, target: str) -> dict[str, Any]:
    """Return the latest published document of a kind, empty where there is none; raises ResultsAway, TargetUnknown."""
    settings().target(target)
    try:
        return results.latest(kind, target) or {}
    except RedisError:
        raise ResultsAway from None
