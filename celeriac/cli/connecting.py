"""Arguments that every command shares, and connections to the database they name.

A URL may come from the environment, so that no secret needs to stand in a process list or a shell's history.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

import typer
from sqlalchemy import URL, Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError

from celeriac.cli.refusals import UrlMissing, UrlWrong
from celeriac.sql import sign, sign_engine

URL_VARIABLES: Final = ["CELERIAC_TARGETS__MAIN__URL", "DATABASE_URL"]
STATE_VARIABLE: Final = "CELERIAC_TARGETS__MAIN__STATE_URL"
CONNECT_TIMEOUT_S: Final = 5
READ_TIMEOUT_MS: Final = 30_000

# Commands take it as `url: Url = ""`: a missing one is then told where it could come from.
Url = Annotated[
    str,
    typer.Argument(
        metavar="URL", envvar=URL_VARIABLES, show_default=False, help="postgresql://user@host:5432/database"
    ),
]
StateUrl = Annotated[
    str | None,
    typer.Option(
        "--state-url",
        envvar=STATE_VARIABLE,
        show_default=False,
        help="Database of the ledger, if it is another.",
    ),
]
Target = Annotated[str, typer.Option("--target", help="The target's name in the ledger.")]

_READ_TIMEOUT = text(sign("limits", "SELECT set_config('statement_timeout', :limit_ms, true)"))
_LOCK_TIMEOUT = text(sign("limits", "SELECT set_config('lock_timeout', :limit_ms, false)"))
_SCHEMES = {"postgresql", "postgres", "postgresql+psycopg2"}


def parse_url(url: str) -> URL:
    """Return a URL for our driver; raises UrlMissing, or UrlWrong, which does not repeat what it was given.

    >>> parse_url("postgres://app@db/shop").drivername
    'postgresql+psycopg2'
    """
    if not url:
        raise UrlMissing(variables=" or ".join(URL_VARIABLES))
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise UrlWrong(reason="it cannot be parsed") from None
    if parsed.drivername not in _SCHEMES:
        raise UrlWrong(reason=f"it begins with {parsed.drivername}://")
    return parsed.set(drivername="postgresql+psycopg2")


@contextmanager
def read_only(url: str, *, timeout_ms: int = READ_TIMEOUT_MS) -> Iterator[Connection]:
    """Yield a connection in a READ ONLY transaction under a statement_timeout; rolled back at the end."""
    with _connect(url) as connection:
        connection = connection.execution_options(postgresql_readonly=True)
        connection.execute(_READ_TIMEOUT, {"limit_ms": str(timeout_ms)})
        yield connection


@contextmanager
def writing(url: str) -> Iterator[Connection]:
    """Yield a connection in one transaction that commits on success."""
    with _connect(url) as connection, connection.begin():
        yield connection


@contextmanager
def autocommit(url: str, *, lock_timeout_ms: int = 2_000) -> Iterator[Connection]:
    """Yield a connection in autocommit mode under a lock_timeout, without statement_timeout: for DDL."""
    with _connect(url) as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(_LOCK_TIMEOUT, {"limit_ms": str(lock_timeout_ms)})
        yield connection


@contextmanager
def _connect(url: str) -> Iterator[Connection]:
    engine = create_engine(
        parse_url(url),
        poolclass=NullPool,
        hide_parameters=True,
        use_native_hstore=False,  # spares a look-up on each connection
        connect_args={"application_name": "celeriac:cli", "connect_timeout": CONNECT_TIMEOUT_S},
    )
    sign_engine(engine, "cli")
    with engine.connect() as connection:
        yield connection
