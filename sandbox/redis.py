"""A private Redis (or Valkey) on a free port of 127.0.0.1, behind a password of its own, keeping nothing on disk."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import redis

from celeriac.errors import CeleriacError
from sandbox.binaries import REDIS_URL, find_redis
from sandbox.process import ServerProcess, free_port, helper_user, own_folder, reachable

SETTINGS: Mapping[str, str] = {
    "bind": "127.0.0.1",
    "save": '""',
    "appendonly": "no",
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
}


class NotOurs(CeleriacError):
    """The Redis at {variable} was not started by us, so it is not restarted either."""


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A Redis to work on: a private one, or the one that the environment names."""

    base_url: str
    """Without a database number."""
    process: ServerProcess | None = None
    first: int = 0
    """The number that the environment's URL names: databases are counted from there."""

    def url(self, database: int = 0) -> str:
        """Return the URL of one of the numbered databases."""
        return f"{self.base_url}/{self.first + database}"

    def restart(self) -> None:
        """Restart, empty."""
        if self.process is None:
            raise NotOurs(variable=REDIS_URL)
        self.process.stop()
        self.process.start()


@contextmanager
def redis_server(
    state: Path,
    environ: Mapping[str, str] = os.environ,
    *,
    settings: Mapping[str, str] | None = None,
) -> Iterator[RedisServer]:
    """Yield a Redis: the one named in the environment, else a private one in `state`.

    `settings` override ours, in the words of redis.conf. Raises ServerMissing, ServerFailed.
    """
    if given := environ.get(REDIS_URL):
        address = urlsplit(given)
        yield RedisServer(address._replace(path="").geturl(), first=int(address.path.strip("/") or 0))
        return
    helper = helper_user()
    binaries = reachable(find_redis(environ), helper, state)
    folder = own_folder(state, "redis", helper)
    port, password = free_port(), secrets.token_urlsafe(16)
    # In a file, not on the command line: the process list shows arguments to everybody.
    configuration = folder / "redis.conf"
    own = {"port": str(port), "requirepass": password, "dir": str(folder)}
    _write_private(configuration, {**SETTINGS, **own, **(settings or {})}, helper.user_id if helper else None)
    server_url = f"redis://:{password}@127.0.0.1:{port}"
    process = ServerProcess("redis", [binaries.program, configuration], state, helper, lambda: _answers(server_url))
    process.start()
    try:
        yield RedisServer(server_url, process)
    finally:
        process.stop()


def _write_private(path: Path, settings: Mapping[str, str], owner: int | None) -> None:
    path.touch(mode=0o600)
    path.write_text("".join(f"{name} {value}\n" for name, value in settings.items()), encoding="utf-8")
    if owner is not None:
        os.chown(path, owner, -1)


def _answers(url: str) -> bool:
    with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:  # not listening yet
            return False
