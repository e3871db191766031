"""Real processes, as an operator starts them, on the session's private servers; every URL carries a password."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import redis
from celery import Celery
from sqlalchemy import make_url

from config.settings import PREFIX
from sandbox.databases import database
from worker.configuration import configuration

ROOT = Path(__file__).parents[2]
SECRET = "hush-hush-42"
DEADLINE_S = 60.0
Found = TypeVar("Found")


def eventually(look: Callable[[], Found], deadline_s: float = DEADLINE_S) -> Found:
    """Look until there is something, and return it."""
    ends = time.monotonic() + deadline_s
    while not (found := look()):
        assert time.monotonic() < ends, f"nothing after {deadline_s:.0f} s"
        time.sleep(0.02)
    return found


@dataclass(frozen=True)
class System:
    """The settings that every process of one test module shares, and where they leave their traces."""

    environment: dict[str, str]
    folder: Path
    results: redis.Redis

    def start(self, name: str, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start `celery -A … ARGUMENTS` with its output in a file."""
        with self.log(name).open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "tests.acceptance.application", *arguments],
                cwd=ROOT,
                env={**os.environ, **self.environment, **variables},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @contextmanager
    def running(self, name: str, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run one process for the block."""
        process = self.start(name, *arguments, **variables)
        try:
            yield process
        finally:
            stop(process)

    @contextmanager
    def worker(self, name: str = "worker", concurrency: int = 1, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a worker of the general queue, and wait until it takes tasks."""
        ready = self.folder / f"{name}.ready"
        files = {
            "CELERIAC_WORKER__READY_FILE": str(ready),
            "CELERIAC_WORKER__ALIVE_FILE": str(self.folder / f"{name}.alive"),
        }
        arguments = ("worker", "-Q", "celeriac", "-c", str(concurrency), "-n", f"{name}@test")
        with self.running(name, *arguments, **files, **variables) as process:
            eventually(lambda: ready.exists() or process.poll() is not None)
            assert process.poll() is None, self.log(name).read_text()
            yield process

    def log(self, name: str) -> Path:
        """Where a process writes."""
        return self.folder / f"{name}.log"

    def logs(self) -> str:
        """Return what all processes wrote."""
        return "\n".join(path.read_text(errors="replace") for path in self.folder.glob("*.log"))


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children by their group, gently first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def system(postgres_server, redis_private, ledger_template, tmp_path_factory) -> Iterator[System]:
    """A database with a ledger, three databases of one Redis, and no process yet."""
    folder = tmp_path_factory.mktemp("system")
    with (
        database(postgres_server, f"acceptance_{os.getpid()}", template=ledger_template) as url,
        redis_user(redis_private.url(4)) as redis_url,
    ):
        urls = {role: redis_url(number) for number, role in enumerate(("BROKER", "RESULTS", "CACHE"), start=4)}
        environment = {
            **dict.fromkeys([name for name in os.environ if name.startswith(PREFIX)], ""),
            "CELERIAC_ENV_FILE": "",
            "CELERIAC_SECRETS_DIR": str(folder / "secrets"),
            "CELERIAC_TARGETS__MAIN__URL": with_password(url),
            **{f"CELERIAC_REDIS__{role}_URL": value for role, value in urls.items()},
            "CELERIAC_WORKER__BEAT_STATE_FILE": str(folder / "beat"),
        }
        with closing(redis.Redis.from_url(urls["RESULTS"], decode_responses=True)) as results:
            yield System(environment, folder, results)


@pytest.fixture(scope="module")
def caller(system: System) -> Iterator[Celery]:
    """A producer with the application's own settings."""
    from config.settings import read

    with pytest.MonkeyPatch.context() as patch:
        for name, value in system.environment.items():
            patch.setenv(name, value)
        made = configuration(read())
    app = Celery("caller", set_as_current=False)
    app.conf.update(made)
    with closing(app):
        yield app


@dataclass(frozen=True)
class Flower:
    """Flower's HTTP API."""

    port: int

    def get(self, path: str, *, user: str | None = "celeriac") -> tuple[int, Any]:
        """Return status and body of a GET."""
        return self._ask(urllib.request.Request(f"http://127.0.0.1:{self.port}{path}"), user)

    def post(self, path: str, body: dict[str, Any], *, user: str | None = "celeriac") -> tuple[int, Any]:
        """Return status and body of a POST."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode(), method="POST"
        )
        request.add_header("Content-Type", "application/json")
        return self._ask(request, user)

    def _ask(self, request: urllib.request.Request, user: str | None) -> tuple[int, Any]:
        if user is not None:
            token = base64.b64encode(f"{user}:{SECRET}".encode()).decode()
            request.add_header("Authorization", f"Basic {token}")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                body = answer.read().decode()
                return answer.status, json.loads(body) if body.startswith(("{", "[")) else body
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture(scope="module")
def flower(system: System) -> Iterator[Flower]:
    """Flower with a password, on a free port."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {"CELERIAC_FLOWER__PASSWORD": SECRET, "CELERIAC_FLOWER__PORT": str(port)}
    with system.running(
        "flower", "flower", "--conf=web/flower/flowerconfig.py", CELERIAC_FLOWER__ADDRESS="127.0.0.1", **variables
    ) as process:
        eventually(lambda: process.poll() is not None or answers(port))
        assert process.poll() is None, system.log("flower").read_text()
        yield Flower(port)


def answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def with_password(url: str) -> str:
    """Return the URL with a password, which a server that trusts does not look at."""
    parsed = make_url(url)
    return parsed.set(password=parsed.password or SECRET).render_as_string(hide_password=False)


@contextmanager
def redis_user(url: str) -> Iterator[Callable[[int], str]]:
    """Make a Redis user with a password, and yield how its URLs are written."""
    with closing(redis.Redis.from_url(url)) as admin:
        admin.acl_setuser(
            "acceptance", enabled=True, passwords=[f"+{SECRET}"], keys=["*"], channels=["*"], commands=["+@all"]
        )
        where = admin.connection_pool.connection_kwargs
        address = f"redis://acceptance:{SECRET}@{where['host']}:{where['port']}"
        for number in (4, 5, 6):
            with closing(redis.Redis.from_url(f"{address}/{number}")) as one:
                one.flushdb()
        try:
            yield lambda number: f"{address}/{number}"
        finally:
            admin.acl_deluser("acceptance")
