"""Statements from SQL files instead of pg_stat_statements: for a look before anything runs in production."""

from bisect import bisect_right
from pathlib import Path

import postgast

from celeriac.errors import CeleriacError

_SEMICOLON = 59
_COMMENTS = (275, 276)
"""SQL_COMMENT and C_COMMENT of the scanner."""


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
    data = text.encode("utf-8", "surrogatepass")
    try:
        tokens = postgast.scan(text).tokens
    except postgast.PgQueryError:
        return (text.strip(),)
    ends = [token.start for token in tokens if token.token == _SEMICOLON]
    starts = [0, *(end + 1 for end in ends)]
    words = {_part(starts, token.start) for token in tokens if token.token not in (_SEMICOLON, *_COMMENTS)}
    parts = [data[start:end].decode("utf-8", "surrogatepass") for start, end in zip(starts, [*ends, None], strict=True)]
    return tuple(part.strip() for place, part in enumerate(parts) if place in words)


def _part(starts: list[int], offset: int) -> int:
    return bisect_right(starts, offset) - 1


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise StatementsUnreadable(path=file, reason=error.strerror or "it cannot be opened") from None
    except UnicodeDecodeError:
        raise StatementsUnreadable(path=file, reason="it is not UTF-8") from None
