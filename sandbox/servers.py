"""Both servers at once, as the demo, the tests and the benchmarks want them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.postgres import PostgresServer, postgres
from sandbox.redis import RedisServer, redis_server
from sandbox.state import state_folder


@dataclass(frozen=True, slots=True)
class Servers:
    """A PostgreSQL and a Redis that live as long as the block."""

    postgres: PostgresServer
    redis: RedisServer


@contextmanager
def servers(
    *, tcp: bool = False, durable: bool = False, settings: Mapping[str, str] | None = None
) -> Iterator[Servers]:
    """Yield both servers, private unless the environment names others; see `sandbox.postgres.postgres`."""
    with (
        state_folder() as state,
        postgres(state, tcp=tcp, durable=durable, settings=settings) as database,
        redis_server(state) as cache,
    ):
        yield Servers(database, cache)
