"""`celeriac revert`: undo one change now, without any worker."""

from typing import Annotated

import typer

from celeriac.cli.connecting import StateUrl, Target, Url, autocommit, writing
from celeriac.cli.deciding import ChangeId, Reason, person
from celeriac.errors import CeleriacError
from celeriac.indexes import revert as reverting
from celeriac.indexes.outcome import Refused
from celeriac.indexes.policy import BuildPolicy, GuardPolicy, LoopPolicy, VerifyPolicy
from celeriac.indexes.sessions import Policies, Sessions
from celeriac.ledger import changes

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


class NotReverted(CeleriacError):
    """Change {id} is reverting, but its index is still there: {reason}; reconcile, or this command again, goes on."""


def revert(
    change_id: ChangeId,
    url: Url = "",
    reason: Reason = "asked for on the command line",
    yes: Yes = False,
    target: Target = "main",
    state_url: StateUrl = None,
) -> None:
    """Undo a change: drop its index without blocking, and keep its definition out for a while."""
    with writing(state_url or url) as ledger:
        change = changes.get(ledger, change_id, target)
    if not yes:
        typer.confirm(f"Drop {change.index_name or 'nothing yet'} on {change.table}?", abort=True)
    policies = Policies(GuardPolicy(), BuildPolicy(), VerifyPolicy(), LoopPolicy())
    with autocommit(url) as ddl, autocommit(url) as watch:
        sessions = Sessions(ddl, watch, lambda: writing(state_url or url))
        result = reverting.revert(sessions, change, policies, reason=reason, actor=person(), by_person=True)
    if isinstance(result, Refused):
        raise NotReverted(id=change_id, reason=result.reason)
    typer.echo(f"{change.index_name} is gone; its definition is in quarantine.")
