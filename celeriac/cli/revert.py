"""`celeriac revert`: undo one change, those since an instant, or all of ours now, without any worker."""

from datetime import datetime
from typing import Annotated

import typer

from celeriac.cli.connecting import StateUrl, Target, Url, autocommit, writing
from celeriac.cli.deciding import Reason, person
from celeriac.errors import CeleriacError
from celeriac.indexes import revert as reverting
from celeriac.indexes.outcome import Refused
from celeriac.indexes.policy import BuildPolicy, GuardPolicy, LoopPolicy, VerifyPolicy
from celeriac.indexes.sessions import Policies, Sessions
from celeriac.ledger import changes
from celeriac.ledger.changes import Change
from celeriac.ledger.states import INDEX_PRESENT

Which = Annotated[str, typer.Argument(metavar="[ID]", help="The change's number; none with --since or --all.")]
Since = Annotated[
    datetime | None,
    typer.Option("--since", help="Undo every index that was begun since then, by this machine's clock."),
]
All = Annotated[bool, typer.Option("--all", help="Undo every index of ours.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


class NotReverted(CeleriacError):
    """Change {id} is reverting, but its index is still there: {reason}; reconcile, or this command again, goes on."""


class NotOneChoice(CeleriacError):
    """Give one of a change's number, --since and --all: {given} is not clear enough to drop indexes by."""


def revert(
    which: Which = "",
    url: Url = "",
    since: Since = None,
    everything: All = False,
    reason: Reason = "asked for on the command line",
    yes: Yes = False,
    target: Target = "main",
    state_url: StateUrl = None,
) -> None:
    """Undo changes: drop their indexes without blocking, newest first, and keep their definitions out for a while."""
    if which and not which.isdecimal():  # with --since and --all, what comes first is the address
        which, url = "", which
    if [bool(which), since is not None, everything].count(True) != 1:
        raise NotOneChoice(given=which or "what was asked")
    with writing(state_url or url) as ledger:
        if which:
            chosen = [changes.get(ledger, int(which), target)]
        else:
            chosen = _ours(changes.all_of(ledger, target), None if since is None else since.astimezone())
    if not chosen:
        typer.echo("There is no index of ours to undo.")
        return
    if not yes:
        named = ", ".join(f"{change.index_name or 'nothing yet'} on {change.table}" for change in chosen)
        typer.confirm(f"Drop {named}?", abort=True)
    refused = [NotReverted(id=one.id, reason=why) for one in chosen if (why := _undo(one, url, state_url, reason))]
    for more in refused[1:]:
        typer.echo(str(more), err=True)
    if refused:
        raise refused[0]


def _ours(known: tuple[Change, ...], since: datetime | None) -> list[Change]:
    """Return what is there by our hand, or about to be gone, newest first: what came last rests on what came before."""
    return [
        change
        for change in reversed(known)
        if change.kind != "rebuild"  # it left the index as it was
        and (change.state in INDEX_PRESENT or change.state == "reverting")
        and (since is None or (change.build_started_at or change.created_at) >= since)
    ]


def _undo(change: Change, url: str, state_url: str | None, reason: str) -> str:
    """Undo one change; returns why its index is still there, empty where it is gone."""
    policies = Policies(GuardPolicy(), BuildPolicy(), VerifyPolicy(), LoopPolicy())
    with autocommit(url) as ddl, autocommit(url) as watch:
        sessions = Sessions(ddl, watch, lambda: writing(state_url or url))
        result = reverting.revert(sessions, change, policies, reason=reason, actor=person(), by_person=True)
    if isinstance(result, Refused):
        return result.reason
    typer.echo(f"{change.index_name} is gone; its definition is in quarantine.")
    return ""
