"""`celeriac maintenance list|approve|reject|revert`: what tables need, what was done for them, and a person's word."""

from collections.abc import Iterable
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from celeriac.cli.connecting import StateUrl, Target, Url, autocommit, read_only, writing
from celeriac.cli.deciding import Reason, person
from celeriac.cli.ledger import when
from celeriac.cli.printing import Format, FormatOption, console, print_json, table
from celeriac.errors import CeleriacError
from celeriac.maintenance import propose, runs, undo
from celeriac.maintenance.policy import Limits, MaintenancePolicy
from celeriac.maintenance.runs import Run
from celeriac.maintenance.sessions import Told
from celeriac.supervision.outcome import Refused
from celeriac.supervision.sessions import Sessions


class Act(StrEnum):
    """What to do."""

    LIST = "list"
    APPROVE = "approve"
    REJECT = "reject"
    REVERT = "revert"


class RunMissing(CeleriacError):
    """Say which run is meant: `celeriac maintenance {act} --id ID`, with the number that `maintenance list` shows."""


class NotUndone(CeleriacError):
    """Maintenance run {id} is not undone: {reason}; ask again later."""


def maintenance(
    act: Annotated[Act, typer.Argument(help="Show runs, allow one, refuse one, or give a table its settings back.")],
    url: Url = "",
    number: Annotated[int | None, typer.Option("--id", help="The run that is meant.")] = None,
    reason: Reason = "asked for on the command line",
    target: Target = "main",
    state_url: StateUrl = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """List ANALYZE, VACUUM and autovacuum settings that tables need, decide on them, or undo what was set."""
    where = state_url or url
    if act is Act.LIST:
        _list(where, target, output)
        return
    if number is None:
        raise RunMissing(act=act.value)
    if act is Act.REVERT:
        _revert(url, where, target, number, reason)
        return
    with writing(where) as ledger:
        run = runs.get(ledger, number, target)
        if act is Act.APPROVE:
            run = propose.approve(ledger, run, actor=person(), policy=MaintenancePolicy())
            typer.echo(f"Run {run.id} is approved: {run.ddl}")
        else:
            propose.reject(ledger, run, actor=person(), reason=reason)
            typer.echo(f"Run {run.id} is rejected.")


def _revert(url: str, where: str, target: str, number: int, reason: str) -> None:
    with read_only(where) as ledger:
        run = runs.get(ledger, number, target)
    with autocommit(url) as work, autocommit(url) as watch:
        sessions = Sessions(work, watch, lambda: writing(where))
        told = Told(MaintenancePolicy(), Limits())
        outcome = undo.revert(sessions, run, told, actor=person(), reason=reason)
    if isinstance(outcome, Refused):
        raise NotUndone(id=number, reason=outcome.reason)
    typer.echo(f"{run.table} has the settings that it had before run {run.id}.")


def _list(where: str, target: str, output: Format) -> None:
    with read_only(where) as ledger:
        found = runs.latest(ledger, target)
    if output is Format.JSON:
        print_json([asdict(run) for run in found])
    elif not found:
        typer.echo(f"No table of target {target} needed maintenance yet.")
    else:
        _print(found)


def _print(found: Iterable[Run]) -> None:
    rows = [(run.id, run.kind, run.table, run.state, when(run.state_since), run.outcome or run.reason) for run in found]
    console().print(table("Maintenance", ("run", "kind", "table", "state", "since", "what"), rows, right=("run",)))
