"""What the commands that decide share: whose word it is, about which change, and why."""

import getpass
from typing import Annotated

import typer

ChangeId = Annotated[int, typer.Argument(metavar="ID", help="The change's number, as `celeriac ledger` lists it.")]
Reason = Annotated[str, typer.Option("--reason", help="Written into the audit trail.")]


def person() -> str:
    """Name who gives the command, for the audit trail."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container may run under a number without a name
        return "cli"
