"""`celeriac quarantine list|lift`: what is kept out of a target, until when and why; a person lets it in again."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from celeriac.cli.connecting import StateUrl, Target, Url, read_only, writing
from celeriac.cli.deciding import Reason, person
from celeriac.cli.ledger import when
from celeriac.cli.printing import Format, FormatOption, console, print_json, table
from celeriac.errors import CeleriacError
from celeriac.ledger import audit, changes
from celeriac.ledger import quarantine as keeping_out


class Act(StrEnum):
    """What to do."""

    LIST = "list"
    LIFT = "lift"


class NothingNamed(CeleriacError):
    """Say what is to be let in again: `celeriac quarantine lift --id ID`, with the change that `list` shows."""


class NotHeld(CeleriacError):
    """The index of change {id} is not in quarantine."""


def quarantine(
    act: Annotated[Act, typer.Argument(help="Show what is kept out, or let one index be proposed again.")],
    url: Url = "",
    change_id: Annotated[int | None, typer.Option("--id", help="The change whose index is to be let in.")] = None,
    reason: Reason = "asked for on the command line",
    target: Target = "main",
    state_url: StateUrl = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """List what is kept out after it was measured not to help, or lift one."""
    if act is Act.LIST:
        _list(state_url or url, target, output)
    elif change_id is None:
        raise NothingNamed
    else:
        _lift(state_url or url, target, change_id, reason)


def _list(url: str, target: str, output: Format) -> None:
    with read_only(url) as ledger:
        held = [(one, changes.get(ledger, one.change_id, target)) for one in keeping_out.active(ledger, target)]
    if output is Format.JSON:
        print_json([{**asdict(one), "ddl": change.ddl} for one, change in held])
    elif not held:
        typer.echo(f"Nothing is kept out of target {target}.")
    else:
        rows = [(one.change_id, when(one.until), one.times, one.reason, change.ddl) for one, change in held]
        console().print(table("Kept out", ("change", "until", "times", "why", "DDL"), rows, right=("change", "times")))


def _lift(url: str, target: str, change_id: int, reason: str) -> None:
    with writing(url) as ledger:
        change = changes.get(ledger, change_id, target)
        if not keeping_out.lift(ledger, target, change.identity):
            raise NotHeld(id=change_id)
        audit.record(
            ledger, target, change_id=change_id, from_state=change.state, to_state=change.state, actor=person(),
            reason=f"quarantine lifted: {reason}",
        )  # fmt: skip
    typer.echo(f"The index of change {change_id} may be proposed again.")
