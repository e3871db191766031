"""A cache on the session's private Redis, a second one that stands for another process, and servers to mistreat."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import redis

from celeriac.cache import AsyncCache, Cache, CachePolicy
from sandbox.binaries import find_redis
from sandbox.process import ServerProcess, free_port, helper_user, own_folder, reachable
from sandbox.redis import RedisServer, redis_server
from sandbox.state import state_folder

CacheMaker = Callable[..., Cache]
Concurrently = Callable[..., Any]

SECRET = "sesame"  # of servers that must know each other's
CLUSTER = {"cluster-enabled": "yes", "cluster-node-timeout": "2000", "cluster-require-full-coverage": "no"}


@pytest.fixture
def make_cache(redis_url: str) -> Iterator[CacheMaker]:
    with ExitStack() as opened:

        def make(*, url: str = redis_url, namespace: str = "default", local: bool = False, **policy: object) -> Cache:
            cache = Cache(url, namespace=namespace, local=local, policy=CachePolicy(**policy))
            opened.callback(cache.close)
            return cache

        yield make


@pytest.fixture
def cache(make_cache: CacheMaker) -> Cache:
    return make_cache()


@pytest.fixture
def other(make_cache: CacheMaker) -> Cache:
    """Another process's cache, as far as Redis can tell."""
    return make_cache()


@pytest.fixture
def concurrently(redis_url: str) -> Concurrently:
    """Run `act(cache)` in an event loop, with an `AsyncCache` that is closed behind it."""

    def run(
        act: Callable[[AsyncCache], Awaitable[Any]], *, url: str = redis_url, local: bool = False, **policy: object
    ):
        async def with_cache() -> Any:
            cache = AsyncCache(url, local=local, policy=CachePolicy(**policy))
            try:
                return await act(cache)
            finally:
                await cache.close()

        return asyncio.run(with_cache())

    return run


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis of this test's own, to be stopped and paused."""
    with own_server() as server:
        yield server


@contextmanager
def own_server(**settings: str) -> Iterator[RedisServer]:
    environ = {"PATH": os.environ["PATH"]}
    with state_folder() as state, redis_server(state, environ, settings=settings) as server:
        yield server


@pytest.fixture
def paused() -> Callable[[RedisServer], AbstractContextManager[None]]:
    """Hold a server still for the length of a block: it accepts, and says nothing."""

    @contextmanager
    def pause(server: RedisServer) -> Iterator[None]:
        os.kill(server.process.running.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(server.process.running.pid, signal.SIGCONT)

    return pause


@dataclass(frozen=True)
class RunningCluster:
    """Three masters that share the slots."""

    url: str
    nodes: tuple[RedisServer, ...]


@pytest.fixture(scope="module")
def cluster() -> Iterator[RunningCluster]:
    """A real cluster of three masters on the loopback device."""
    with ExitStack() as running:
        servers = []
        for _ in range(3):
            settings = {**CLUSTER, "cluster-port": str(free_port())}
            servers.append(running.enter_context(own_server(**settings)))
        clients = [running.enter_context(redis.Redis.from_url(server.url())) for server in servers]
        for number, client in enumerate(clients):
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", number * 5462, min(16383, number * 5462 + 5461))
            client.config_set("requirepass", SECRET)
        first = clients[0].connection_pool.connection_kwargs["port"]
        bus = clients[0].config_get("cluster-port")["cluster-port"]
        for client in clients[1:]:
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", first, bus)
        until(lambda: all(client.cluster("info")["cluster_state"] == "ok" for client in clients), 20)
        until(lambda: all(client.cluster("info")["cluster_known_nodes"] == "3" for client in clients), 20)
        ports = [client.connection_pool.connection_kwargs["port"] for client in clients]
        addresses = ",".join(f"127.0.0.1:{port}" for port in ports)
        yield RunningCluster(f"redis+cluster://:{SECRET}@{addresses}", tuple(servers))


@dataclass(frozen=True)
class Watched:
    """A master, its replica, and the URL of the sentinel that watches them."""

    url: str
    master: RedisServer
    replica_port: int


@pytest.fixture
def sentinel() -> Iterator[Watched]:
    """A real sentinel over a master and a replica."""
    with ExitStack() as running:
        servers = [running.enter_context(own_server()) for _ in range(2)]
        clients = [running.enter_context(redis.Redis.from_url(server.url())) for server in servers]
        ports = [client.connection_pool.connection_kwargs["port"] for client in clients]
        for client in clients:
            client.config_set("masterauth", SECRET)
            client.config_set("requirepass", SECRET)
        clients[1].execute_command("REPLICAOF", "127.0.0.1", ports[0])
        until(lambda: clients[1].info("replication")["master_link_status"] == "up", 20)
        port = running.enter_context(sentinel_process(ports[0]))
        yield Watched(f"redis+sentinel://:{SECRET}@127.0.0.1:{port}/primary/0", servers[0], ports[1])


@contextmanager
def sentinel_process(master_port: int) -> Iterator[int]:
    """Run a sentinel that holds a master for dead after half a second of silence; yields its port."""
    with state_folder() as state:
        helper, port = helper_user(), free_port()
        binaries = reachable(find_redis({"PATH": os.environ["PATH"]}), helper, state)
        configuration = own_folder(state, "sentinel", helper) / "sentinel.conf"
        configuration.write_text(
            f"port {port}\nbind 127.0.0.1\nsentinel monitor primary 127.0.0.1 {master_port} 1\n"
            f"sentinel auth-pass primary {SECRET}\nsentinel down-after-milliseconds primary 500\n"
            "sentinel failover-timeout primary 3000\n"
        )
        if helper is not None:
            os.chown(configuration, helper.user_id, helper.group_id)
        client = redis.Redis(port=port, retry=None, protocol=2)
        command = [binaries.program, configuration, "--sentinel"]
        process = ServerProcess("sentinel", command, state, helper, lambda: sees_a_replica(client))
        process.start()
        try:
            yield port
        finally:
            process.stop()
            client.close()


def sees_a_replica(client: redis.Redis) -> bool:
    try:
        return int(client.sentinel_master("primary")["num-slaves"]) == 1
    except (redis.ConnectionError, redis.ResponseError):
        return False


def until(holds: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for something that must happen soon."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)


@pytest.fixture(name="until")
def _until() -> Callable[..., None]:
    return until
