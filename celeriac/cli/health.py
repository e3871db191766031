"""`celeriac health`: what an operator should know now and mend, the worst first, with the statement that mends it."""

from dataclasses import asdict

import typer

from celeriac.cli.connecting import Url, read_only
from celeriac.cli.printing import Format, FormatOption, console, print_json, table
from celeriac.health.examine import examine
from celeriac.health.finding import SEVERITIES, Finding
from celeriac.health.policy import HealthPolicy


def health(url: Url = "", output: FormatOption = Format.TEXT) -> None:
    """Run every health check; exit with 1 where something is critical."""
    with read_only(url) as connection:
        findings = sorted(examine(connection, HealthPolicy()), key=lambda one: SEVERITIES.index(one.severity))
    if output is Format.JSON:
        print_json([asdict(one) for one in findings])
    else:
        _print(findings)
    if any(one.severity == "critical" for one in findings):
        raise typer.Exit(1)


def _print(findings: list[Finding]) -> None:
    rows = [(one.severity, one.check, one.sentence) for one in findings]
    console().print(table("Health", ("severity", "check", "what"), rows))
    for one in findings:
        if one.cure is not None:
            typer.echo(f"\n-- {one.check}: {one.subject or 'to be able to look'}\n{one.cure}")
