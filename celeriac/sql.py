"""Load the `.sql` file beside the calling module, pick it by server version, and sign it.

A file `name.sql` serves every server; `name_130000.sql` serves servers from that version up to the next higher number,
so `name_130000.sql` and `name_170000.sql` split at PostgreSQL 17. Each file opens with a comment that says why it
matters and runs in psql as it is. The signature `/* celeriac:name */` survives in `pg_stat_statements.query`, so
that the optimizer can leave itself out of what it measures; it stands behind the first word, since PostgreSQL 18 leaves
out comments before it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, TextClause, event, text

from celeriac.errors import CeleriacError

SIGNATURE = "/* celeriac:"
"""What every statement of ours holds behind its first word; a LIKE on it tells ours from theirs."""

_LEADING_COMMENTS = re.compile(r"\A(?:\s*--[^\n]*\n)*\s*")
_FIRST_WORD = re.compile(r"\A[\s(]*\w+")
_VERSIONED = re.compile(r"_(\d{6})\Z")


class QueryMissing(CeleriacError):
    """No query {name!r} for server version {version} in {folder}: the file is missing from this installation."""


def load(beside: str, name: str, server_version: int | None = None) -> TextClause:
    """Return the signed query `name` from the folder of the module file `beside` (pass `__file__`).

    `server_version` is `server_version_num` (150018); it is needed only where versioned files exist.
    """
    return text(source(beside, name, server_version))


def source(beside: str, name: str, server_version: int | None = None) -> str:
    """Return the signed text of query `name`, without the comments it opens with."""
    return sign(name, _read(_choose(Path(beside).parent, name, server_version)))


def sign(name: str, statement: str) -> str:
    """Mark a statement as ours.

    >>> sign("tables", "SELECT 1")
    'SELECT /* celeriac:tables */ 1'
    """
    first_word = _FIRST_WORD.match(statement)
    end = first_word.end() if first_word else 0
    return f"{statement[:end]} {SIGNATURE}{name} */{statement[end:]}".lstrip()


def sign_engine(engine: Engine, name: str) -> None:
    """Sign whatever an engine sends unsigned, such as what SQLAlchemy composes, with `/* celeriac:name */`."""

    def prefix(
        _connection: Connection, _cursor: object, statement: str, parameters: object, _context: object, _many: bool
    ) -> tuple[str, object]:
        return (statement if SIGNATURE in statement else sign(name, statement)), parameters

    event.listen(engine, "before_cursor_execute", prefix, retval=True)


def execute(connection: Connection, statement: str) -> None:
    """Run one statement as it is written: a % in it is no placeholder, as in `lower(name) LIKE 'a%'`."""
    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


_TIMEOUT = text(sign("bounded", "SELECT set_config('statement_timeout', :timeout, true)"))
_TIMEOUT_NOW = text(sign("bounded", "SELECT current_setting('statement_timeout')"))


@contextmanager
def bounded(connection: Connection, timeout_ms: int) -> Iterator[None]:
    """Run the block in a savepoint, each statement within `timeout_ms`.

    An error in it leaves the transaction usable, and the limit is as before in either case.
    """
    with connection.begin_nested():
        before = connection.scalar(_TIMEOUT_NOW)
        connection.execute(_TIMEOUT, {"timeout": str(timeout_ms)})
        yield
        connection.execute(_TIMEOUT, {"timeout": before})


def server_version(connection: Connection) -> int:
    """Return the server's `server_version_num`, such as 150018, without a round trip: libpq already knows it."""
    driver = connection.connection.driver_connection
    assert driver is not None
    version: int = driver.server_version
    return version


@cache
def _read(path: Path) -> str:
    return _LEADING_COMMENTS.sub("", path.read_text(encoding="utf-8"), count=1).strip().rstrip(";")


@cache
def _choose(folder: Path, name: str, version: int | None) -> Path:
    plain = folder / f"{name}.sql"
    versioned = sorted(
        (int(match.group(1)), path)
        for path in folder.glob(f"{name}_*.sql")
        if (match := _VERSIONED.search(path.stem)) and path.stem == f"{name}{match.group(0)}"
    )
    fitting = [path for since, path in versioned if version is not None and since <= version]
    if fitting:
        return fitting[-1]
    if plain.exists():
        return plain
    raise QueryMissing(name=name, version=version, folder=folder)
