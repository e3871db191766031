"""What a person sees of the demo: a line for each thing that happens, a spinner on a terminal, and the final tables."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table

from sandbox.demo.report import Report
from sandbox.demo.watch import ChangeSeen, Glance

COLOURS = {"kept": "green", "reverted": "yellow", "failed": "red", "lost": "red"}
QUIET = frozenset({"proposed", "approved", "baselined", "settling"})
"""States too short-lived to be told about."""


class Teller:
    """Tells the story; remembers only what was told already."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.began = time.monotonic()
        self._told: dict[int, str] = {}

    def say(self, text: str) -> None:
        """Tell one thing that happened, with the seconds since the start."""
        self.console.print(
            f"[dim]{time.monotonic() - self.began:4.0f} s[/dim]  {text}", highlight=False, soft_wrap=True
        )

    @contextmanager
    def while_(self, text: str) -> Iterator[None]:
        """Show what is under way; on a terminal with a spinner."""
        self.say(text)
        if self.console.is_terminal:
            with self.console.status(text):
                yield
        else:
            yield

    def tell_changes(self, glance: Glance) -> None:
        """Tell what became of each change since the last glance."""
        for change in glance.changes:
            if self._told.get(change.id) != change.state:
                self._told[change.id] = change.state
                if change.state not in QUIET:
                    self.say(_sentence(change))

    def show(self, report: Report, flower: str) -> None:
        """Print the final tables."""
        self.console.print()
        self.console.print(_statements(report))
        self.console.print(_indexes(report))
        self.console.print(
            f"A call took [bold]{report.weighted_mean_ms_before:.2f} ms[/bold] on average and now takes"
            f" [bold]{report.weighted_mean_ms_after:.2f} ms[/bold]: {report.speed_up:.1f} times less."
            f" Invalid indexes left: {report.invalid_indexes}.",
            highlight=False,
        )
        if report.cache:
            self.console.print(
                f"Cache: {report.cache['hit_rate']:.0%} hits, {report.cache['warmed']:.0f} keys warmed.",
                highlight=False,
            )
        if report.first_query_ms:
            self.console.print(
                f"First query after a restart: {report.first_query_ms['cold']:.1f} ms cold,"
                f" {report.first_query_ms['warmed']:.1f} ms with the hot blocks brought back.",
                highlight=False,
            )
        if not report.planner_verified:
            self.console.print("[yellow]HypoPG is not installed: the advice was estimated, not planned.[/yellow]")
        self.console.print(f"Flower: {flower}", highlight=False)


def _sentence(change: ChangeSeen) -> str:
    colour = COLOURS.get(change.state, "cyan")
    why = f": {change.why_ended}" if change.is_final and change.why_ended else ""
    return f"[{colour}]{change.state:9}[/{colour}] {_short(change.ddl)}{why}"


def _statements(report: Report) -> Table:
    table = Table(title="The same traffic, before and after", title_justify="left", expand=True)
    table.add_column("statement", no_wrap=True, overflow="ellipsis", ratio=1)
    for heading in ("calls", "mean ms", "blocks a call"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in report.statements:
        table.add_row(
            " ".join(row.query.split()),
            f"{row.calls_before:,} → {row.calls_after:4,}",
            f"{row.mean_ms_before:.2f} → {row.mean_ms_after:6.2f}",
            f"{row.blocks_per_call_before:,.0f} → {row.blocks_per_call_after:6,.0f}",
        )
    return table


def _indexes(report: Report) -> Table:
    table = Table(title="What was changed, and why it stayed or went", title_justify="left", expand=True)
    table.add_column("index", ratio=2)
    table.add_column("state", no_wrap=True)
    table.add_column("MB", justify="right", no_wrap=True)
    table.add_column("reason", ratio=3)
    for row in report.indexes:
        colour = COLOURS.get(row.state, "cyan")
        table.add_row(_short(row.ddl), f"[{colour}]{row.state}[/{colour}]", f"{row.size_bytes / 1e6:.1f}", row.reason)
    return table


def _short(ddl: str) -> str:
    """Say what is indexed, `jobs (status)`; names and methods are in the ledger."""
    _, _, rest = ddl.partition(" ON ")
    return rest.replace('"', "").replace("public.", "").replace(" USING btree", "")
