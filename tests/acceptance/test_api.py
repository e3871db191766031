"""The API as operators run it: a process of its own beside a worker."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import jwt
import pytest
from sqlalchemy import NullPool, create_engine

from sandbox.redis import redis_server
from sandbox.state import state_folder
from tests.acceptance.conftest import ROOT, System, eventually, stop
from tests.integration.web import stock

pytestmark = pytest.mark.slow

KEY = "a-secret-of-tests-that-is-long-enough-for-hs256"
EXAMPLES = os.environ.get("API_EXAMPLES", "2")
"""Cases that are made for each operation beside the examples and the edges: `make fuzz-api` asks for many."""


@dataclass(frozen=True)
class Api:
    """A running service."""

    address: str
    token: str
    process: "subprocess.Popen[bytes]"


@pytest.fixture(scope="module", autouse=True)
def worker(system: System) -> Iterator[None]:
    with system.worker(concurrency=2):
        # At its start a worker looks for the indexes of the ledger; those of the stock were never built.
        eventually(lambda: system.results.hget("celeriac:tasks:celeriac.indexes.reconcile", "runs"))
        engine = create_engine(system.environment["CELERIAC_TARGETS__MAIN__URL"], poolclass=NullPool)
        with engine.begin() as connection:
            stock.fill(connection, changes=300)
            connection.execute(stock.RUNS, {"count": 60})
        engine.dispose()
        yield


@pytest.fixture(scope="module")
def api(system: System) -> Iterator[Api]:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serving(system, port) as process:
        yield Api(f"http://127.0.0.1:{port}", token(), process)
    assert KEY not in system.logs()


@contextmanager
def serving(system: System, port: int, **variables: str) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {
        **os.environ,
        **system.environment,
        "CELERIAC_API__SECRET": KEY,
        "CELERIAC_API__ISSUER": "tests",
        "CELERIAC_API__PORT": str(port),
        "CELERIAC_API__READS_PER_MINUTE": "0",
        "CELERIAC_API__CHANGES_PER_MINUTE": "0",
        **variables,
    }
    with system.log("api").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "worker.role", "api"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            eventually(lambda: process.poll() is not None or ready(port))
            assert process.poll() is None, system.log("api").read_text()
            yield process
        finally:
            stop(process)


def ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def token() -> str:
    scopes = "performance:read performance:optimize performance:approve"
    claims = {"sub": "ann", "iss": "tests", "aud": "celeriac", "exp": time.time() + 3600, "scope": scopes}
    return jwt.encode(claims, KEY, algorithm="HS256")


def test_the_examples_of_the_documentation_work(api: Api):
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    assert len(blocks) >= 7
    for block in blocks:
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            env={**os.environ, "API": api.address, "TOKEN": api.token},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, block + ran.stdout + ran.stderr
        assert ran.stdout.startswith(("{", "[", "event: ")), block


def test_the_documentation_names_every_operation(api: Api):
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    paths = httpx.get(f"{api.address}/openapi.json").json()["paths"]
    assert len(paths) >= 30
    for path in paths:
        *_, last = [part for part in path.split("/") if not part.startswith("{")]
        assert re.search(rf"/{last}\b", page), path


def test_approving_begins_a_build_that_is_seen_in_the_ledger(api: Api):
    headers = {"Authorization": f"Bearer {api.token}"}
    with httpx.Client(base_url=f"{api.address}/api/v1", headers=headers) as client:
        change = client.get("/recommendations").json()["items"][0]["id"]
        assert client.post(f"/recommendations/{change}/approve").json()["dispatched"]
        # In mode observe the guards hold it back, and say so.
        held = eventually(lambda: client.get(f"/ledger/{change}").json()["change"]["last_error"])
    assert "observe" in held


def test_a_process_that_is_told_to_end_does_so_at_once(system: System):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serving(system, port) as process:
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        assert time.monotonic() - began < 5


def test_a_broker_that_hangs_hangs_no_request(system: System):
    """A Redis that was stopped takes connections and answers nothing, which is worse than one that is gone."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        state_folder() as folder,
        redis_server(folder) as hanging,
        serving(system, port, CELERIAC_REDIS__BROKER_URL=hanging.url()),
    ):
        if hanging.process is None:
            pytest.skip("the Redis that the environment names must not be stopped")
        hanging.process.running.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            answer = httpx.post(
                f"http://127.0.0.1:{port}/api/v1/performance/optimize/caching",
                headers={"Authorization": f"Bearer {token()}"},
                timeout=30,
            )
            assert answer.status_code == 503
            assert answer.headers["Retry-After"]
            assert time.monotonic() - began < 16
        finally:
            hanging.process.running.send_signal(signal.SIGCONT)


def test_schemathesis_finds_nothing(api: Api, tmp_path: Path):
    found = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{api.address}/openapi.json"),
            *("--checks", "all", "--max-examples", EXAMPLES, "--seed", "7", "--no-color"),
            *("--header", f"Authorization: Bearer {api.token}", "--suppress-health-check", "all"),
            *("--request-timeout", "40", "--generation-database", "none"),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "ignore", "PYTHONDEVMODE": ""},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    sys.stdout.write(found.stdout[-2_000:])
    assert found.returncode == 0, found.stdout[-8_000:] + found.stderr[-2_000:]
    assert int(re.search(r"(\d+) generated, \d+ passed", found.stdout).group(1)) >= 300
