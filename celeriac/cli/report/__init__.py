"""`celeriac report`: what got slower, what was changed and what it brought, and what to do next."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from celeriac.cli.connecting import StateUrl, Target, Url
from celeriac.cli.printing import Format, FormatOption, console, print_json, size
from celeriac.cli.report.gather import Asked, gather
from celeriac.cli.report.html import page
from celeriac.cli.report.span import DEFAULT, spans
from celeriac.cli.report.terminal import show
from celeriac.errors import CeleriacError

Since = Annotated[
    list[str],
    typer.Option("--since", metavar="SPAN", help="How far back, such as 1d, 12h or 90m; once for each column."),
]
Html = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write one page that needs nothing else; - is stdout.")
]


class ReportNotWritten(CeleriacError):
    """The report cannot be written to {file}: {reason}; name a file in a folder that can be written."""


def report(
    url: Url = "",
    since: Since = [*DEFAULT],  # noqa: B006 - typer reads it, nobody changes it
    top: Annotated[int, typer.Option("--top", min=1, max=100, help="Statements by time.")] = 10,
    html: Html = None,
    target: Target = "main",
    state_url: StateUrl = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Tell what got slower, what was changed and what it brought, and what to do next in order of milliseconds."""
    found = gather(Asked(url, state_url or url, target, spans(since), top))
    if html is not None:
        _write(html, page(found))
    elif output is Format.JSON:
        print_json(asdict(found))
    else:
        show(found, console())


def _write(file: Path, document: str) -> None:
    if str(file) == "-":
        typer.echo(document, nl=False)
        return
    try:
        file.write_text(document, encoding="utf-8")
    except OSError as error:
        raise ReportNotWritten(file=file, reason=error.strerror or type(error).__name__) from error
    typer.echo(f"{file} holds the report, {size(len(document.encode()))}; any browser opens it.")
