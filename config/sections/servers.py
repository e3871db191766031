"""The databases that are optimised, and how we connect to them and to Redis."""

from datetime import timedelta

from pydantic import SecretStr, field_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from celeriac.indexes.policy import Mode
from config.sections.section import Count, CountOrNone, Duration, Positive, Section


class Target(Section):
    """One database that is being optimised."""

    url: SecretStr = SecretStr("postgresql:///")
    """libpq fills what is missing from its own environment (PGHOST, PGUSER, PGPASSWORD, a service file)."""
    replica_urls: tuple[SecretStr, ...] = ()
    """Read replicas: the advisor plans and the warmers read there."""
    state_url: SecretStr | None = None
    """Where the ledger lives; the target itself by default."""
    cache_url: SecretStr | None = None
    """The Redis that caches for this target; `redis.cache_url` by default."""
    mode: Mode | None = None
    """observe, approve or auto; `loop.mode` by default."""

    @field_validator("url", "state_url")
    @classmethod
    def _is_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            _check_database_url(url)
        return url

    @field_validator("replica_urls")
    @classmethod
    def _are_postgresql(cls, urls: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for url in urls:
            _check_database_url(url)
        return urls

    @field_validator("cache_url")
    @classmethod
    def _is_redis(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            _check_redis_url(url)
        return url


class DatabaseSettings(Section):
    """How we connect to PostgreSQL."""

    pool_size: Count = 20
    """Connections that each process keeps for each target and purpose."""
    max_overflow: CountOrNone = 30
    """How many more it may open under load."""
    recycle: Duration = timedelta(hours=1)
    """A connection older than this is replaced."""
    connect_timeout_s: Count = 5
    """How long a connection may take to open, or to come free."""
    read_timeout: Duration = timedelta(seconds=30)
    """statement_timeout of every read; a read of ours must never be what slows the database."""
    lock_timeout: Duration = timedelta(seconds=2)
    """lock_timeout of every change: longer and a queue of writers forms behind us."""
    slow_after: Duration = timedelta(seconds=1)
    """A statement of ours that takes longer is logged as a warning, with its fingerprint."""
    very_slow_after: Duration = timedelta(seconds=5)
    """From here on as an error."""


class RedisSettings(Section):
    """The three roles of Redis; in production the cache is another instance than the broker."""

    broker_url: SecretStr = SecretStr("redis://localhost:6379/0")
    """Where tasks queue: noeviction and persistent."""
    results_url: SecretStr = SecretStr("redis://localhost:6379/0")
    """Where results, leases and counters are kept: noeviction."""
    cache_url: SecretStr = SecretStr("redis://localhost:6379/0")
    """The cache that is being optimised and warmed."""
    max_connections: Count = 50
    """Of one pool in one process."""
    socket_timeout_s: Positive = 10.0
    """How long one command may take."""
    connect_timeout_s: Positive = 5.0
    """How long a connection may take to open, or to come free."""
    health_check_s: CountOrNone = 25
    """A connection idle for longer is asked before it is used."""
    retries: CountOrNone = 3
    """Of one command after a connection was lost, with back-off and jitter."""

    @field_validator("broker_url", "results_url", "cache_url")
    @classmethod
    def _is_redis(cls, url: SecretStr) -> SecretStr:
        _check_redis_url(url)
        return url


def _check_database_url(url: SecretStr) -> None:
    try:
        parsed = make_url(url.get_secret_value())
    except ArgumentError:
        raise ValueError("not a database URL; write postgresql://user:password@host:5432/database") from None
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise ValueError("not a PostgreSQL URL; write postgresql://user:password@host:5432/database")


def _check_redis_url(url: SecretStr) -> None:
    scheme = url.get_secret_value().partition("://")[0]
    if scheme not in {"redis", "rediss", "unix", "redis+socket"}:
        raise ValueError("not a Redis URL; write redis://:password@host:6379/0")
