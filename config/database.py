"""Connections to the targets: read-only, autocommit and the ledger's, each from a pool of its own process.

Engines are keyed by process, so that a fork never shares a socket with its parent. What the driver says when a server
refuses, sleeps or forbids becomes one typed sentence here (`config.refusals`); no sentence holds a password.
"""

import os
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal

from pydantic import SecretStr
from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from celeriac import locks
from celeriac.sql import sign, sign_engine
from config import timing
from config.refusals import explain
from config.settings import settings

Purpose = Literal["reader", "replica", "builder", "ledger"]

_engines: dict[tuple[int, str, Purpose, int], Engine] = {}

_RESET = text(sign("reset", "RESET ALL"))
_UNLOCK_ALL = text(sign("reset", "SELECT pg_advisory_unlock_all()"))
_LIMITS = text(
    sign(
        "limits", "SELECT set_config('lock_timeout', :lock_timeout, false), set_config('statement_timeout', '0', false)"
    )
)
_READ_LIMIT = text(sign("limits", "SELECT set_config('statement_timeout', :statement_timeout, true)"))


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """How busy one pool of this process is."""

    target: str
    purpose: Purpose
    size: int
    checked_out: int
    overflow: int


@contextmanager
def read_only(target: str = "main", *, replica: bool = False) -> Iterator[Connection]:
    """Yield a connection in a READ ONLY transaction under a statement_timeout; it is rolled back at the end.

    With `replica`, one of the target's replicas is taken, or the target itself where it has none.
    """
    with _typed(target, writes=False), _reading(engine(target, "replica" if replica else "reader")) as connection:
        yield connection


@contextmanager
def replicas(target: str = "main") -> Iterator[tuple[Connection, ...]]:
    """Yield a read-only connection to each of the target's replicas: an index may serve them alone."""
    with _typed(target, writes=False), ExitStack() as stack:
        engines = (_engine(target, "replica", choice) for choice in range(len(settings().target(target).replica_urls)))
        yield tuple(stack.enter_context(_reading(one)) for one in engines)


@contextmanager
def autocommit(target: str = "main", *, lock_timeout_ms: int | None = None) -> Iterator[Connection]:
    """Yield a connection in autocommit mode under a lock_timeout, without statement_timeout: for DDL.

    Session settings and session locks that the block leaves behind are cleared.
    """
    if lock_timeout_ms is None:
        lock_timeout_ms = int(settings().database.lock_timeout.total_seconds() * 1000)
    with _typed(target), engine(target, "builder").connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(_LIMITS, {"lock_timeout": str(lock_timeout_ms)})
        try:
            yield connection
        finally:
            _clear(connection)


@contextmanager
def ledger(target: str = "main") -> Iterator[Connection]:
    """Yield a connection in one transaction on the target's state database; commits on success."""
    with _typed(target), engine(target, "ledger").begin() as connection:
        yield connection


@contextmanager
def advisory_lock(connection: Connection, *parts: str) -> Iterator[bool]:
    """Hold a session advisory lock; see `celeriac.locks.try_advisory_lock`."""
    with locks.try_advisory_lock(connection, *parts) as held:
        yield held


def engine(target: str, purpose: Purpose) -> Engine:
    """Return this process's engine of one target for one purpose, made at the first call; raises TargetUnknown."""
    choice = random.randrange(len(_urls(target, purpose)))  # noqa: S311 - spreads readers over replicas
    return _engine(target, purpose, choice)


def ledger_url(target: str) -> URL:
    """Return the URL of a target's state database, for the migration."""
    return _driver(_urls(target, "ledger")[0])


def pool_status() -> list[PoolStatus]:
    """Return the state of every pool of this process."""
    return [
        PoolStatus(target, purpose, pool.size(), pool.checkedout(), max(0, pool.overflow()))
        for (pid, target, purpose, _), one in _engines.items()
        if pid == os.getpid() and isinstance(pool := one.pool, QueuePool)
    ]


def dispose() -> None:
    """Forget every engine: closes this process's connections and lets an inherited parent's be."""
    for (pid, *_), one in _engines.items():
        one.dispose(close=pid == os.getpid())
    _engines.clear()


@contextmanager
def _reading(engine: Engine) -> Iterator[Connection]:
    limit_ms = int(settings().database.read_timeout.total_seconds() * 1000)
    with engine.connect() as connection:
        connection = connection.execution_options(postgresql_readonly=True)
        connection.execute(_READ_LIMIT, {"statement_timeout": str(limit_ms)})
        yield connection


def _engine(target: str, purpose: Purpose, choice: int) -> Engine:
    key = (os.getpid(), target, purpose, choice)
    if key not in _engines:
        _engines[key] = _make(_urls(target, purpose)[choice], purpose)
    return _engines[key]


def _urls(target: str, purpose: Purpose) -> tuple[SecretStr, ...]:
    configured = settings().target(target)
    if purpose == "replica" and configured.replica_urls:
        return configured.replica_urls
    if purpose == "ledger" and configured.state_url is not None:
        return (configured.state_url,)
    return (configured.url,)


def _make(url: SecretStr, purpose: Purpose) -> Engine:
    limits = settings().database
    made = create_engine(
        _driver(url),
        poolclass=QueuePool,
        pool_size=limits.pool_size,
        max_overflow=limits.max_overflow,
        pool_recycle=int(limits.recycle.total_seconds()),
        pool_pre_ping=True,
        pool_timeout=limits.connect_timeout_s,
        hide_parameters=True,
        connect_args={
            "application_name": f"celeriac:{settings().role}:{purpose}",
            "connect_timeout": limits.connect_timeout_s,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
        },
    )
    timing.watch(made, limits.slow_after, limits.very_slow_after, patient=purpose == "builder")
    sign_engine(made, purpose)
    return made


def _driver(url: SecretStr) -> URL:
    return make_url(url.get_secret_value()).set(drivername="postgresql+psycopg2")


@contextmanager
def _typed(target: str, *, writes: bool = True) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        typed = explain(error, target, writes=writes)
        if typed is None:
            raise
        raise typed from error


def _clear(connection: Connection) -> None:
    if connection.closed or connection.invalidated:
        return
    try:
        connection.execute(_RESET)
        connection.execute(_UNLOCK_ALL)
    except DBAPIError:  # what cannot be cleared must not return to the pool
        connection.invalidate()
