"""Statements from SQL files instead of pg_stat_statements: for a look before anything runs in production."""

from pathlib import Path

import postgast

from celeriac.errors import CeleriacError


class StatementsUnreadable(CeleriacError):
    """The statements in {path} cannot be read ({reason}); give an SQL file, or a folder of *.sql files."""


def read_files(path: Path) -> tuple[str, ...]:
    """Return the statements of one file, or of every *.sql file of a folder in the order of their names."""
    files = sorted(path.glob("*.sql")) if path.is_dir() else [path]
    if not files:
        raise StatementsUnreadable(path=path, reason="no *.sql file in the folder")
    texts = tuple(text for file in files for text in split(_text(file)))
    if not texts:
        raise StatementsUnreadable(path=path, reason="it holds no statement")
    return texts


def split(text: str) -> tuple[str, ...]:
    """Split a text at its statements' ends, as PostgreSQL's scanner sees them; a text it cannot scan stays whole.

    >>> split("SELECT ';'; SELECT $1;")
    ("SELECT ';'", 'SELECT $1')
    """
    try:
        parts = postgast.split(text, method="scanner")
    except postgast.PgQueryError:
        parts = [text]
    return tuple(stripped for part in parts if (stripped := part.strip().rstrip(";").strip()))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise StatementsUnreadable(path=file, reason=error.strerror or "it cannot be opened") from None
    except UnicodeDecodeError:
        raise StatementsUnreadable(path=file, reason="it is not UTF-8") from None
