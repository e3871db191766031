"""`celeriac explain`: a statement's plan as it is, and as it would be with the indexes that help it."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from celeriac.cli import printing
from celeriac.cli.connecting import Url, read_only
from celeriac.errors import CeleriacError
from celeriac.indexes.explain import Explained
from celeriac.indexes.explain import explain as plan_twice
from celeriac.indexes.index import Unplannable
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.statements.files import split


class NotExplained(CeleriacError):
    """The statement cannot be planned: {reason}."""


class NotOneStatement(CeleriacError):
    """Give exactly one statement; the text holds {count}."""


def explain(
    url: Url,
    statement: Annotated[str, typer.Argument(help="The statement, a file that holds it, or - for stdin.")],
    output: printing.FormatOption = printing.Format.TEXT,
) -> None:
    """Show a statement's plan before and after the indexes that would help it; executes nothing."""
    texts = split(_text(statement))
    if len(texts) != 1:
        raise NotOneStatement(count=len(texts))
    with read_only(url) as connection:
        explained = plan_twice(connection, texts[0], AdvisorPolicy(objective="cost"))
    if isinstance(explained, Unplannable):
        raise NotExplained(reason=explained.reason)
    if output is printing.Format.JSON:
        printing.print_json(_document(explained))
    else:
        _print(explained)


def _text(statement: str) -> str:
    if statement == "-":
        return sys.stdin.read()
    path = Path(statement)
    return path.read_text(encoding="utf-8") if len(statement) < 1_000 and path.is_file() else statement


def _document(explained: Explained) -> dict[str, Any]:
    return {
        "cost_before": explained.cost_before,
        "cost_after": explained.cost_after,
        "indexes": [
            {"ddl": recommendation.ddl, "reason": recommendation.reason, "size_bytes": recommendation.size_bytes}
            for recommendation in explained.recommendations
        ],
        "plan_before": explained.before,
        "plan_after": explained.after,
    }


def _print(explained: Explained) -> None:
    console = printing.console()
    for title, plan in (("Before", explained.before), ("After", explained.after)):
        console.print(f"[bold]{title}[/bold]")
        console.print("\n".join(plan), markup=False, soft_wrap=True)
    for recommendation in explained.recommendations:
        console.print(f"{recommendation.ddl};", markup=False, soft_wrap=True)
        console.print(f"   {recommendation.reason}", markup=False, soft_wrap=True)
    if not explained.recommendations:
        console.print("No index would help this statement.")
