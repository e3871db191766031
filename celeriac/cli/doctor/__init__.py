"""`celeriac doctor`: what is installed, permitted and missing, each with the command that mends it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Final

import typer

from celeriac.cli.connecting import StateUrl, Url, read_only
from celeriac.cli.doctor import checks, facts, redis
from celeriac.cli.doctor.finding import Finding
from celeriac.cli.printing import Format, FormatOption, console, print_json

RedisUrl = Annotated[
    str | None,
    typer.Option(
        "--redis",
        envvar="CELERIAC_REDIS__CACHE_URL",
        show_default=False,
        help="Look at this Redis too: redis://host:6379/0",
    ),
]
_STYLES: Final = {"ok": "green", "warning": "yellow", "missing": "bold red", "skipped": "dim"}


def doctor(
    url: Url = "",
    redis_url: RedisUrl = None,
    state_url: StateUrl = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Tell what is installed, permitted and missing, with the command that mends it; exits 1 if work is impossible."""
    found = (*_postgres(url, state_url), *(redis.examine(redis_url) if redis_url else ()))
    if output is Format.JSON:
        print_json([asdict(finding) for finding in found])
    else:
        _print(found)
    if any(finding.status == "missing" for finding in found):
        raise typer.Exit(1)


def _postgres(url: str, state_url: str | None) -> tuple[Finding, ...]:
    with read_only(url) as connection:
        if state_url is None:
            return checks.examine(facts.read(connection, connection))
        with read_only(state_url) as state:
            return checks.examine(facts.read(connection, state))


def _print(found: Sequence[Finding]) -> None:
    """Print a finding a line, and below it the command: alone on its line, so that it can be copied whole."""
    screen = console()
    width = max(len(finding.check) for finding in found)
    for finding in found:
        status = f"[{_STYLES[finding.status]}]{finding.status:<7}[/]"
        screen.print(f"{status}  {finding.check:<{width}}  ", end="")
        screen.print(finding.said, markup=False, soft_wrap=True)
        if finding.mend:
            screen.print(f"{'':<{width + 11}}{finding.mend}", markup=False, soft_wrap=True)
    wrong = [finding for finding in found if finding.status in ("missing", "warning")]
    screen.print(f"\n{len(wrong)} of {len(found)} need attention." if wrong else "\nAll is well.")
