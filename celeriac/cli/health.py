"""`celeriac health`: what an operator should know now and mend, the worst first, with the statement that mends it."""

from dataclasses import asdict

import typer

from celeriac.cli.bounds import bounds
from celeriac.cli.connecting import StateUrl, Target, Url, read_only
from celeriac.cli.printing import Format, FormatOption, console, print_json, table
from celeriac.health.examine import examine
from celeriac.health.finding import SEVERITIES, Finding
from celeriac.health.known import NOTHING, Known, from_ledger
from celeriac.health.policy import HealthPolicy
from celeriac.ledger import migrate


def health(
    url: Url = "", target: Target = "main", state_url: StateUrl = None, output: FormatOption = Format.TEXT
) -> None:
    """Run every health check of the database; exit with 1 where something is critical.

    Bounds are CELERIAC_HEALTH__… of the environment; what replicas use is read from the ledger if there is one.
    """
    policy = bounds(HealthPolicy(), "health")
    known = _known(state_url or url, target, policy)
    with read_only(url) as connection:
        found = examine(connection, policy, known=known)
    findings = sorted(found, key=lambda one: SEVERITIES.index(one.severity))
    if output is Format.JSON:
        print_json([asdict(one) for one in findings])
    else:
        _print(findings)
    if any(one.severity == "critical" for one in findings):
        raise typer.Exit(1)


def _known(state_url: str, target: str, policy: HealthPolicy) -> Known:
    with read_only(state_url) as state:
        return from_ledger(state, target, policy) if migrate.revision(state) == migrate.head() else NOTHING


def _print(findings: list[Finding]) -> None:
    rows = [(one.severity, one.check, one.sentence) for one in findings]
    console().print(table("Health", ("severity", "check", "what"), rows))
    for one in findings:
        if one.cure is not None:
            typer.echo(f"\n-- {one.check}: {one.subject or 'to be able to look'}\n{one.cure}")
