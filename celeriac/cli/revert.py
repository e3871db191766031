"""`celeriac revert`: undo one change, those since an instant, or all of ours now, without any worker."""

from datetime import datetime
from typing import Annotated

import typer

from celeriac.cli.connecting import StateUrl, Target, Url, autocommit, writing
from celeriac.cli.deciding import Reason, person
from celeriac.errors import CeleriacError
from celeriac.indexes import undo
from celeriac.indexes.build import Failed
from celeriac.indexes.policy import BuildPolicy, GuardPolicy, LoopPolicy, VerifyPolicy
from celeriac.indexes.sessions import Policies
from celeriac.ledger import changes
from celeriac.ledger.changes import Change, ChangeMoved
from celeriac.ledger.states import ForbiddenTransition
from celeriac.supervision.outcome import Refused
from celeriac.supervision.sessions import Sessions

Which = Annotated[str, typer.Argument(metavar="[ID]", help="The change's number; none with --since or --all.")]
Since = Annotated[
    datetime | None,
    typer.Option("--since", help="Undo every change that was begun since then, by this machine's clock."),
]
All = Annotated[bool, typer.Option("--all", help="Undo every change of ours: built indexes go, dropped ones return.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


class NotReverted(CeleriacError):
    """Change {id} is {state}, but not undone yet: {reason}; reconcile, or this command again, goes on."""


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
    """Undo changes without blocking, newest first: drop what was built, and build what was dropped as it was."""
    if which and not which.isdecimal():  # with --since and --all, what comes first is the address
        which, url = "", which
    undo.check_choice(change_id=which or None, since=since, everything=everything, given=which or "what was asked")
    with writing(state_url or url) as ledger:
        chosen = (
            (changes.get(ledger, int(which), target),)
            if which
            else undo.chosen(changes.all_of(ledger, target), None if since is None else since.astimezone())
        )
    if not chosen:
        typer.echo("There is no index of ours to undo.")
        return
    if not yes:
        typer.confirm(f"{'; '.join(_words(change) for change in chosen)}?", abort=True)
    refused = [not_undone for change in chosen if (not_undone := _try(change, url, state_url, reason))]
    for more in refused[1:]:
        typer.echo(str(more), err=True)
    if refused:
        raise refused[0]


def _try(change: Change, url: str, state_url: str | None, reason: str) -> CeleriacError | None:
    """Undo one change; one that moves at this moment keeps no other from being undone."""
    try:
        return _undo(change, url, state_url, reason)
    except (ChangeMoved, ForbiddenTransition) as error:
        return error


def _undo(change: Change, url: str, state_url: str | None, reason: str) -> NotReverted | None:
    """Undo one change; returns why it is not undone yet, None where it is."""
    policies = Policies(GuardPolicy(), BuildPolicy(), VerifyPolicy(), LoopPolicy())
    with writing(state_url or url) as ledger:
        begun = undo.begin(ledger, change, policies.loop, actor=person(), reason=reason)
    if begun.state not in ("reverting", "restoring"):
        return None  # a change that came after it has undone it already
    with autocommit(url) as ddl, autocommit(url) as watch:
        sessions = Sessions(ddl, watch, lambda: writing(state_url or url))
        result = undo.finish(sessions, begun, policies, reason=reason, actor=person(), by_person=True)
    if isinstance(result, Refused | Failed):
        state = result.change.state if isinstance(result, Failed) else begun.state
        return NotReverted(id=change.id, state=state, reason=result.reason)
    word = "is there again as it was" if change.kind == "drop" else "is gone"
    typer.echo(f"{change.index_name} {word}; its {_what(change)} is in quarantine.")
    return None


def _words(change: Change) -> str:
    verb = "Build again" if change.kind == "drop" else "Drop"
    return f"{verb} {change.index_name or 'nothing yet'} on {change.table}"


def _what(change: Change) -> str:
    return "drop" if change.kind == "drop" else "definition"
