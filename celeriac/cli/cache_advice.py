"""`celeriac cache-advice`: the queries worth caching, each with its lifetime, tags and the lines to paste."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from celeriac.cache.advise import Cacheable, CacheAdvice, CacheAdvicePolicy, advise, read_facts
from celeriac.cli.connecting import Url, read_only
from celeriac.cli.printing import Format, FormatOption, console, print_json, shorten, size
from celeriac.statements.catalog import read_catalog
from celeriac.statements.lifetime import read_lifetime
from celeriac.statements.policy import StatementPolicy
from celeriac.statements.workload import from_window

_TEXT_WIDTH = 100


def cache_advice(
    url: Url = "",
    refused: Annotated[bool, typer.Option("--refused", help="Tell also what is not worth caching, and why.")] = False,
    max_ttl: Annotated[int, typer.Option(min=5, help="Seconds; no lifetime is longer.")] = 3_600,
    output: FormatOption = Format.TEXT,
) -> None:
    """Name the queries worth caching, from pg_stat_statements and the tables' writes; reads only and caches nothing."""
    with read_only(url) as connection:
        workload = from_window(read_lifetime(connection, "main", StatementPolicy()))
        policy = CacheAdvicePolicy(max_ttl_s=max_ttl)
        advice = advise(workload, read_catalog(connection), policy, read_facts(connection))
    if output is Format.JSON:
        print_json(asdict(advice))
    else:
        show(advice, refused=refused)


def show(advice: CacheAdvice, *, refused: bool) -> None:
    """Print advice for people; what is to be pasted stands as it is."""
    for place, one in enumerate(advice.cacheable, start=1):
        _print_one(place, one)
    out = console()
    if not advice.cacheable:
        out.print("No query of this workload is worth caching; --refused tells why.")
    for left in advice.refused if refused else ():
        out.print(f"Left: {escape(shorten(left.statement, _TEXT_WIDTH))} ({escape(left.reason)})", soft_wrap=True)
    seconds = advice.saved_ms_per_hour / 1000
    measured = f"{advice.statements} queries over {advice.hours:.1f} hours"
    out.print(f"{measured}; caching these saves {seconds:,.0f} s of database time an hour.")


def _print_one(place: int, one: Cacheable) -> None:
    out = console()
    out.print(f"[bold]{place}. {escape(shorten(one.statement, _TEXT_WIDTH))}[/bold]", soft_wrap=True)
    gain = f"Saves {one.saved_ms_per_hour / 1000:,.1f} s an hour for {size(one.memory_bytes)} of Redis."
    out.print(f"   {escape(one.reason)} {gain}", soft_wrap=True)
    # Past rich, which would read brackets as markup.
    typer.echo(_indented(one.code))
    for step in one.invalidations:
        typer.echo(_indented(f"# after {shorten(step.statement, _TEXT_WIDTH)}"))
        typer.echo(_indented(f"{step.call}{f'  # {step.note}' if step.note else ''}"))
    for note in one.notes:
        out.print(f"   Note: {escape(note)}.", soft_wrap=True)


def _indented(lines: str) -> str:
    return "\n".join(f"   {line}" if line else "" for line in lines.splitlines())
