"""`celeriac recommend`: the indexes worth building, from pg_stat_statements or from files; changes nothing."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import Progress

from celeriac.cli import printing
from celeriac.cli.connecting import Url, read_only
from celeriac.errors import CeleriacError
from celeriac.indexes.index import Advice, Recommendation
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.recommend import recommend as advise
from celeriac.indexes.repository import Trees, read_trees, write_alembic, write_django, write_sql
from celeriac.statements.files import read_files
from celeriac.statements.lifetime import read_lifetime
from celeriac.statements.policy import StatementPolicy
from celeriac.statements.workload import Workload, from_texts, from_window

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_UNITS |= {"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}
_SIZE = re.compile(r"\A\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*\Z", re.IGNORECASE)


class SizeWrong(CeleriacError):
    """{size!r} is no size; write 500MB, 2GiB or a number of bytes."""


class Objective(StrEnum):
    """What an index is to save."""

    TIME = "time"
    COST = "cost"


class SizeModel(StrEnum):
    """Whose sizes count against the budget."""

    MODEL = "model"
    HYPOPG = "hypopg"


class AdviceFormat(StrEnum):
    """How to print advice."""

    TEXT = "text"
    JSON = "json"
    SQL = "sql"
    ALEMBIC = "alembic"
    DJANGO = "django"


def recommend(
    url: Url,
    statements: Annotated[
        Path | None, typer.Option(help="An SQL file or a folder of them, instead of pg_stat_statements.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option(help="Bytes of all indexes together: 500MB (10^6), 2GiB. [half of the tables]")
    ] = None,
    max_width: Annotated[int, typer.Option(min=1, max=8, help="Key columns of an index.")] = 3,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds; then the best so far is printed.")] = 30.0,
    objective: Annotated[
        Objective, typer.Option(help="Measured milliseconds, or the planner's cost with every statement weighing one.")
    ] = Objective.TIME,
    size_model: Annotated[
        SizeModel, typer.Option(help="Sizes as built, or HypoPG's, which know no deduplication.")
    ] = SizeModel.MODEL,
    output: Annotated[
        AdviceFormat,
        typer.Option("--format", help="For people, for programs, as a script for psql, or as a migration file."),
    ] = AdviceFormat.TEXT,
    after: Annotated[
        str | None,
        typer.Option(help="What a migration file follows: Alembic's revision, or Django's app_label.migration_name."),
    ] = None,
) -> None:
    """Recommend indexes, each with its reason; reads only and builds nothing."""
    policy = AdvisorPolicy(
        objective=objective.value,
        size_model=size_model.value,
        budget_bytes=None if budget is None else parse_size(budget),
        max_width=max_width,
        time_limit_s=time_limit,
    )
    texts = None if statements is None else read_files(statements)
    with read_only(url) as connection, Progress(console=_stderr(), transient=True) as bar:
        workload = _lifetime(connection) if texts is None else from_texts(texts)
        task = bar.add_task("reading the catalog", total=None)
        advice = advise(
            connection,
            workload,
            policy,
            progress=lambda done, total, note: bar.update(task, completed=done, total=total, description=note),
        )
        trees = read_trees(connection, advice.recommendations) if output in _FILES else {}
    if output in _FILES:
        typer.echo(_FILES[output](advice.recommendations, after, trees), nl=False)
    else:
        (_print_json if output is AdviceFormat.JSON else _print_text)(advice)


def parse_size(text: str) -> int:
    """Read a size: MB are 10^6 bytes, MiB 2^20.

    >>> parse_size("1.5 GB"), parse_size("64MiB"), parse_size("8192")
    (1500000000, 67108864, 8192)
    """
    match = _SIZE.match(text)
    factor = _UNITS.get(match.group(2).lower()) if match else None
    if match is None or factor is None:
        raise SizeWrong(size=text)
    return int(float(match.group(1)) * factor)


def as_document(advice: Advice) -> dict[str, Any]:
    """Lay advice out for programs."""
    return {
        "indexes": [_index(recommendation) for recommendation in advice.recommendations],
        "cost_before": advice.cost_before,
        "cost_after": advice.cost_after,
        "what_if_calls": advice.what_if_calls,
        "seconds": round(advice.seconds, 3),
        "statements": advice.statements,
        "unplannable": [{"statement": left.statement, "reason": left.reason} for left in advice.unplannable],
    }


def _index(recommendation: Recommendation) -> dict[str, Any]:
    definition = recommendation.definition
    in_public = definition.schema == "public"
    return {
        "ddl": recommendation.ddl,
        "table": definition.table if in_public else f"{definition.schema}.{definition.table}",
        "columns": list(definition.columns),
        "include": list(definition.include),
        "where": definition.where,
        "method": definition.method,
        "size_bytes": recommendation.size_bytes,
        "saving_ratio": round(recommendation.saving_ratio, 6),
        "statements": [
            {
                "statement": gain.text,
                "cost_before": gain.cost_before,
                "cost_after": gain.cost_after,
                "saving_ms_per_hour": gain.saving_ms_per_hour,
            }
            for gain in recommendation.statements
        ],
        "reason": recommendation.reason,
    }


def _print_json(advice: Advice) -> None:
    printing.print_json(as_document(advice))


def _print_text(advice: Advice) -> None:
    console = printing.console()
    for place, recommendation in enumerate(advice.recommendations, start=1):
        console.print(f"[bold]{place}. {escape(recommendation.ddl)};[/bold]", soft_wrap=True)
        about = f"{printing.size(recommendation.size_bytes)}, saves {recommendation.saving_ratio:.0%}"
        console.print(f"   {about}. {escape(recommendation.reason)}", soft_wrap=True)
    if not advice.recommendations:
        console.print("No index is worth building for this workload.")
    for what, why in advice.refused:
        console.print(f"Left out: {escape(what)} ({escape(why)})", soft_wrap=True)
    for left in advice.unplannable:
        console.print(f"Not planned: {escape(printing.shorten(left.statement, 70))} ({escape(left.reason)})")
    console.print(_summary(advice), soft_wrap=True)


def _summary(advice: Advice) -> str:
    ratio = advice.cost_after / advice.cost_before if advice.cost_before else 1.0
    cost = f"planner's cost {ratio:.0%} of before" if advice.planner_verified else "unverified: HypoPG is not installed"
    asked = f"{advice.what_if_calls} EXPLAINs in {advice.seconds:.1f} s"
    return f"{advice.statements} statements, {cost}; {asked}."


_FILES: Mapping[AdviceFormat, Callable[[Sequence[Recommendation], str | None, Trees], str]] = {
    AdviceFormat.SQL: lambda recommendations, _, trees: write_sql(recommendations, trees),
    AdviceFormat.ALEMBIC: write_alembic,
    AdviceFormat.DJANGO: write_django,
}


def _lifetime(connection: Any) -> Workload:
    return from_window(read_lifetime(connection, "main", StatementPolicy()))


def _stderr() -> Any:
    from rich.console import Console

    return Console(stderr=True, quiet=not sys.stderr.isatty())
