"""Output for people, as tables that fit the terminal (no colour in a pipe or under NO_COLOR), or JSON for programs."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

PIPED_WIDTH = 160
"""A pipe has no width; rich would take 80 columns and cut statements short."""


class Format(StrEnum):
    """How to print a result."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="For people, or for programs.")]


def console() -> Console:
    """Return where text goes: stdout as it is now."""
    return Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False)


def print_json(document: Any) -> None:
    """Print one JSON document."""
    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2, default=str).decode())


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[str] = ()) -> Table:
    """Lay out rows under their column names; columns named in `right` hold figures."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(escape(str(value)) for value in row))
    return made


def shorten(text: str, width: int) -> str:
    """Put a statement on one line of at most `width` characters.

    >>> shorten("SELECT 1,\\n  2,  3", 12)
    'SELECT 1, …'
    """
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 2].rstrip()} …"


def size(size_bytes: int | None) -> str:
    """Write a size for people.

    >>> size(3 * 1024 * 1024), size(512), size(None)
    ('3.0 MiB', '512 B', '')
    """
    if size_bytes is None:
        return ""
    value, units = float(size_bytes), ("B", "KiB", "MiB", "GiB", "TiB")
    for unit in units:
        if abs(value) < 1024 or unit == units[-1]:
            break
        value /= 1024
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
