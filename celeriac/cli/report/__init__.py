"""`celeriac report`: what is slow, what was changed and what it brought, and how the caches do."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

import typer

from celeriac.cli.connecting import StateUrl, Target, Url
from celeriac.cli.ledger import figure, when
from celeriac.cli.printing import Format, FormatOption, console, print_json, shorten, size, table
from celeriac.cli.report.gather import Report, gather
from celeriac.statements.policy import StatementPolicy


def report(
    url: Url = "",
    hours: Annotated[float, typer.Option("--hours", min=0.01, max=8760, help="How far back windows are taken.")] = 1.0,
    top: Annotated[int, typer.Option("--top", min=1, help="Statements by each ranking.")] = 10,
    target: Target = "main",
    state_url: StateUrl = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show slow statements, changes with what they promised and brought, and how the caches do."""
    found = gather(url, state_url or url, target, timedelta(hours=hours), StatementPolicy(slow_top=top))
    if output is Format.JSON:
        print_json(asdict(found))
    else:
        _print(found)


def _print(found: Report) -> None:
    screen = console()
    screen.print(_span(found.window), markup=False)
    screen.print(_statements(found.statements))
    screen.print()
    if found.changes:
        screen.print(_changes(found.changes))
    else:
        screen.print("No change was built or proposed yet.")
    screen.print()
    screen.print(table("Cache", ("", ""), _cache(found.cache)))


def _span(window: dict[str, Any]) -> str:
    source = "measured" if window["captured"] else "no window was captured yet; pg_stat_statements since its reset"
    lost = "" if window["complete"] else ", some calls lost to a reset or evictions"
    return (
        f"{when(window['started_at'])} to {when(window['ended_at'])} ({source}{lost}):"
        f" {window['calls']:,} calls, {window['total_ms'] / 1000:,.1f} s"
    )


def _statements(statements: list[dict[str, Any]]) -> Any:
    columns = ("share", "calls", "mean ms", "blocks/call", "I/O share", "slow by", "statement")
    rows = [
        (
            f"{one['share_of_time']:.1%}",
            f"{one['calls']:,}",
            f"{one['mean_ms']:,.2f}",
            f"{one['blocks_per_call']:,.0f}",
            f"{one['share_of_io']:.1%}",
            ", ".join(one["rankings"]),
            shorten(one["query"], 200),
        )
        for one in statements
    ]
    return table("Slow statements", columns, rows, right=columns[:5])


def _changes(changes: list[dict[str, Any]]) -> Any:
    columns = ("id", "state", "promised ms/h", "measured ms/h", "size", "index", "why")
    rows = [
        (
            one["id"],
            one["state"],
            figure(one["promised_ms_per_hour"]),
            figure(one["measured_ms_per_hour"]),
            size(one["size_bytes"]),
            one["ddl"],
            one["reason"],
        )
        for one in changes
    ]
    return table("Changes", columns, rows, right=("id", "promised ms/h", "measured ms/h", "size"))


def _cache(cache: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [("PostgreSQL buffers, hits", _ratio(cache["buffer_hit_rate"]))]
    rows += [(f"Redis cache {name}, hits", _ratio(rate)) for name, rate in cache["hit_rates"].items()]
    for run in cache["warm_runs"]:
        brought = f"{run['warmed']:,} warmed, {size(run['bytes'])}, {run['seconds']:.1f} s"
        rows.append((f"{run['kind']} warmed at {when(run['started_at'])}", brought))
    return rows


def _ratio(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.1%}"
