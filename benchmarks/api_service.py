"""The API as an operator runs it, on private servers with a stocked ledger, for benchmarks and for the fuzzer."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import jwt
from sqlalchemy import Connection, NullPool, create_engine, text

from celeriac.ledger.migrate import migrate
from celeriac.statements.capture import capture
from celeriac.statements.policy import StatementPolicy
from sandbox.databases import create_extensions, database
from sandbox.postgres import postgres
from sandbox.redis import redis_server
from sandbox.state import state_folder

ROOT = Path(__file__).parents[1]
SECRET = "a-secret-of-the-benchmark-that-is-long-enough"
ISSUER = "benchmarks"
SCOPES = "performance:read performance:optimize performance:approve"

_CHANGES = text("""
    INSERT INTO celeriac.change (target, kind, state, schema_name, table_name, index_name, identity, definition, ddl,
        undo_ddl, origin, reason, promised, evidence, actor, size_bytes_estimated)
    SELECT 'main', 'build', (ARRAY['proposed', 'kept', 'reverted', 'rejected'])[n % 4 + 1], 'public', 'jobs',
        'celeriac_' || n, 'identity ' || n, '{"schema": "public"}',
        'CREATE INDEX CONCURRENTLY ON public.jobs USING btree (column_' || n || ')',
        'DROP INDEX CONCURRENTLY public.celeriac_' || n, 'advisor', 'two statements would read 40 blocks, not 12,000',
        '{"saving_ms_per_hour": 1000, "saving_ratio": 0.9, "sureness": "planner", "fingerprints": ["f1", "f2"]}',
        '{"saved_ms_per_hour": 500, "reason": "four statements gained"}', 'celeriac', 8192
    FROM generate_series(1, :changes) n
""")
_STATEMENTS = text("""
    INSERT INTO celeriac.statement (target, fingerprint, role, text)
    SELECT 'main', 'f' || n, 'app', 'SELECT * FROM jobs WHERE column_' || n || ' = $1 ' || repeat('AND note <> $2 ', 20)
    FROM generate_series(1, :statements) n
""")
_WINDOWS = text("""
    WITH w AS (
        INSERT INTO celeriac.statement_window (target, started_at, ended_at, complete, server)
        SELECT 'main', now() - make_interval(mins => n), now() - make_interval(mins => n - 1), true, :server
        FROM generate_series(1, :windows) n RETURNING id
    )
    INSERT INTO celeriac.window_statement (window_id, fingerprint, calls, total_ms, square_ms2, rows,
        shared_hit_blocks, shared_read_blocks, shared_dirtied_blocks, shared_written_blocks, temp_blocks, io_ms,
        wal_bytes, plan_ms)
    SELECT id, 'f' || n, 10, n * 10, n * n * 10, 100, 90, 10, 0, 0, 0, 0, 0, 0
    FROM w, generate_series(1, :statements) n
    WHERE (n + id) % :every = 0
""")


@dataclass(frozen=True)
class Service:
    """A running API."""

    address: str
    token: str
    environment: dict[str, str]
    folder: Path
    process_id: int

    @property
    def headers(self) -> dict[str, str]:
        """What every request brings."""
        return {"Authorization": f"Bearer {self.token}"}


@contextmanager
def service(
    *, changes: int, statements: int, windows: int, every: int = 1, worker: bool = False, **variables: str
) -> Iterator[Service]:
    """Run the API for the block; each window holds one of `every` statements."""
    with ExitStack() as stack:
        folder = stack.enter_context(state_folder())
        server = stack.enter_context(postgres(folder))
        url = stack.enter_context(database(server, "benchmark"))
        create_extensions(server, "benchmark")
        migrate(url)
        _stock(url, changes, statements, windows, every)
        queue = stack.enter_context(redis_server(folder)).url()
        port = _free_port()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CELERIAC_")},
            "CELERIAC_ENV_FILE": "",
            "CELERIAC_SECRETS_DIR": str(folder / "no-secrets"),
            "CELERIAC_TARGETS__MAIN__URL": url,
            **{f"CELERIAC_REDIS__{role}_URL": queue for role in ("BROKER", "RESULTS", "CACHE")},
            "CELERIAC_API__SECRET": SECRET,
            "CELERIAC_API__ISSUER": ISSUER,
            "CELERIAC_API__PORT": str(port),
            "CELERIAC_API__READS_PER_MINUTE": "0",
            "CELERIAC_API__CHANGES_PER_MINUTE": "0",
            **variables,
        }
        api = stack.enter_context(_running(environment, folder / "api.log", "-m", "worker.role", "api"))
        if worker:
            stack.enter_context(_running(environment, folder / "worker.log", "-m", "worker.role", "worker"))
        yield _answering(Service(f"http://127.0.0.1:{port}", _token(), environment, folder, api.pid))


def _stock(url: str, changes: int, statements: int, windows: int, every: int) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(_CHANGES, {"changes": changes})
        connection.execute(_STATEMENTS, {"statements": statements})
        server = _server_now(connection)
        values = {"windows": windows, "statements": statements, "every": every, "server": server}
        connection.execute(_WINDOWS, values)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def _server_now(connection: Connection) -> str:
    """Return what a capture keeps of the server, so that the next one can go on from it."""
    capture(connection, connection, "main", StatementPolicy())
    return json.dumps(connection.scalar(text("SELECT server FROM celeriac.statement_window")))


@contextmanager
def _running(environment: dict[str, str], log: Path, *command: str) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answering(made: Service) -> Service:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"{made.address}/readyz", timeout=5) as answer:
                assert json.load(answer)["status"] == "ready"
                return made
        except OSError:
            assert time.monotonic() < deadline, (made.folder / "api.log").read_text()
            time.sleep(0.05)


def _token() -> str:
    claims = {"sub": "bench", "iss": ISSUER, "aud": "celeriac", "exp": time.time() + 7200, "scope": SCOPES}
    return jwt.encode(claims, SECRET, algorithm="HS256")


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
