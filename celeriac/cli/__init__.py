"""The command line, usable without any worker: `celeriac doctor | migrate | recommend | report | ledger | revert …`."""

import sys
from collections.abc import Callable

import typer

from celeriac.cli.alerts import alerts
from celeriac.cli.approve import approve, reject
from celeriac.cli.cache_advice import cache_advice
from celeriac.cli.control import pause, resume
from celeriac.cli.doctor import doctor
from celeriac.cli.edge import run
from celeriac.cli.explain import explain
from celeriac.cli.health import health
from celeriac.cli.ledger import ledger
from celeriac.cli.maintenance import maintenance
from celeriac.cli.migrate import migrate
from celeriac.cli.quarantine import quarantine
from celeriac.cli.recommend import recommend
from celeriac.cli.report import report
from celeriac.cli.revert import revert

COMMANDS: tuple[Callable[..., None], ...] = (
    doctor,
    migrate,
    recommend,
    explain,
    cache_advice,
    report,
    health,
    alerts,
    maintenance,
    ledger,
    approve,
    reject,
    revert,
    quarantine,
    pause,
    resume,
)
"""In the order of `celeriac --help`; a command is named as its function."""

app = typer.Typer(
    name="celeriac",
    help="Finds the indexes that help a PostgreSQL database, proves it by measurement, and undoes what did not help.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """Run the command line and exit with its code: 0 done, 1 refused or failed, 2 wrong usage."""
    sys.exit(run(app, sys.argv[1:]))
