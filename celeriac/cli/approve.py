"""`celeriac approve` and `celeriac reject`: a person's word on a proposal."""

import typer

from celeriac.cli.connecting import StateUrl, Target, Url, writing
from celeriac.cli.deciding import ChangeId, Reason, person
from celeriac.indexes import propose
from celeriac.indexes.policy import LoopPolicy
from celeriac.ledger import changes


def approve(change_id: ChangeId, url: Url = "", target: Target = "main", state_url: StateUrl = None) -> None:
    """Approve a proposed change; the workers build it as soon as the guards let it pass."""
    with writing(state_url or url) as ledger:
        change = propose.approve(ledger, changes.get(ledger, change_id, target), actor=person(), policy=LoopPolicy())
    typer.echo(f"Change {change.id} is approved until {change.deadline:%Y-%m-%d %H:%M %Z}: {change.ddl}")


def reject(
    change_id: ChangeId,
    url: Url = "",
    reason: Reason = "not wanted",
    target: Target = "main",
    state_url: StateUrl = None,
) -> None:
    """Refuse a proposed or approved change."""
    with writing(state_url or url) as ledger:
        propose.reject(ledger, changes.get(ledger, change_id, target), actor=person(), reason=reason)
    typer.echo(f"Change {change_id} is rejected.")
