"""A private PostgreSQL on a unix socket: `initdb`, run, restart (cold where asked), gone with its session."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg2
from sqlalchemy import make_url

from celeriac.errors import CeleriacError
from sandbox.binaries import POSTGRES_URL, find_postgres
from sandbox.process import (
    Helper,
    ServerFailed,
    ServerProcess,
    free_port,
    helper_user,
    last_words,
    own_folder,
    reachable,
    spawn,
)

SUPERUSER = "postgres"
SOCKET_PORT = 5432
"""Only names the socket's file inside our own folder; nothing listens on the network unless asked."""

SETTINGS: Mapping[str, str] = {
    "shared_preload_libraries": "pg_stat_statements,pg_prewarm",
    "pg_prewarm.autoprewarm": "off",  # it would warm behind our back what we measure cold
    "track_io_timing": "on",
    "track_activity_query_size": "8192",
    "max_connections": "100",
    "shared_buffers": "128MB",
}
VOLATILE: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off"}
"""The state dies with the session, so nothing is gained by waiting for the disk; WAL volume stays as in production."""


class NotOurs(CeleriacError):
    """The PostgreSQL at {variable} was not started by us, so it is not restarted either."""


class NotListening(CeleriacError):
    """The private PostgreSQL listens on its unix socket only; start it with tcp=True to reach it over the network."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A PostgreSQL to work on: a private one, or the one that the environment names."""

    base_url: str
    """SQLAlchemy URL; its database is replaced by `url`."""
    tcp_port: int | None = None
    process: ServerProcess | None = None
    data: Path | None = None
    programs: Path | None = None
    """The folder of psql, pg_dump and their like, of the same version as the server."""

    def url(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy URL of a database, for psycopg2."""
        return make_url(self.base_url).set(database=database).render_as_string(hide_password=False)

    def dsn(self, database: str = "postgres") -> str:
        """Return the same as a plain `postgresql://` URL, for psql and psycopg2 itself."""
        return make_url(self.url(database)).set(drivername="postgresql").render_as_string(hide_password=False)

    def tcp_url(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy URL over 127.0.0.1, for clients that cannot use a unix socket."""
        if self.tcp_port is None:
            raise NotListening()
        return f"postgresql+psycopg2://{SUPERUSER}@127.0.0.1:{self.tcp_port}/{database}"

    def restart(self, *, cold: bool = False) -> None:
        """Restart with empty buffers; cold also drops its files from the operating system's cache."""
        if self.process is None or self.data is None:
            raise NotOurs(variable=POSTGRES_URL)
        self.process.stop()
        if cold:
            drop_from_page_cache(self.data)
        self.process.start()


@contextmanager
def postgres(
    state: Path,
    environ: Mapping[str, str] = os.environ,
    *,
    tcp: bool = False,
    durable: bool = False,
    settings: Mapping[str, str] | None = None,
) -> Iterator[PostgresServer]:
    """Yield a PostgreSQL: the one named in the environment, else a private one in `state`.

    `tcp` listens on a free port of 127.0.0.1 too, for clients that cannot use the unix socket; anybody on this machine
    may then connect. `settings` override ours; `durable` keeps fsync on. Raises ServerMissing, ServerFailed.
    """
    if given := environ.get(POSTGRES_URL):
        yield PostgresServer(make_url(given).set(drivername="postgresql+psycopg2").render_as_string(False))
        return
    helper = helper_user()
    binaries = reachable(find_postgres(environ), helper, state)
    folder = own_folder(state, "postgres", helper)
    data = folder / "data"
    port = free_port() if tcp else SOCKET_PORT
    _initdb(binaries.beside("initdb"), data, state / "initdb.log", helper)
    chosen = {**SETTINGS, **({} if durable else VOLATILE), **(settings or {})}
    base_url = f"postgresql+psycopg2://{SUPERUSER}@/postgres?host={quote(str(folder), safe='/')}&port={port}"
    process = ServerProcess(
        "postgres",
        [
            binaries.program,
            "-D",
            data,
            "-k",
            folder,
            "-p",
            str(port),
            "-h",
            "127.0.0.1" if tcp else "",
            *_flags(chosen),
        ],
        state,
        helper,
        answers=lambda: _answers(folder, port),
    )
    process.start()
    try:
        yield PostgresServer(base_url, port if tcp else None, process, data, binaries.program.parent)
    finally:
        process.stop()


def drop_from_page_cache(folder: Path) -> None:
    """Ask the operating system to forget the files of a stopped server, so that the next reads are cold."""
    for path in (path for path in folder.glob("base/*/*") if path.is_file()):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)  # dirty pages are not dropped
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def _initdb(program: Path, data: Path, log: Path, helper: Helper | None) -> None:
    command: list[str | Path] = [
        program,
        "-D",
        data,
        "-U",
        SUPERUSER,
        "-A",
        "trust",
        "--no-sync",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]
    with log.open("wb") as output:
        failed = spawn(command, helper, output=output.fileno()).wait()
    if failed:
        raise ServerFailed(server="PostgreSQL", reason=last_words(log.read_bytes()))


def _flags(settings: Mapping[str, str]) -> list[str]:
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _answers(folder: Path, port: int) -> bool:
    try:
        psycopg2.connect(host=str(folder), port=port, user=SUPERUSER, dbname="postgres", connect_timeout=2).close()
    except psycopg2.OperationalError:  # not listening yet, or still starting up
        return False
    return True
