"""`celeriac pause` and `celeriac resume`: the kill switch, running builds included."""

from typing import Annotated

import typer

from celeriac.cli.connecting import StateUrl, Url, writing
from celeriac.cli.deciding import Reason, person
from celeriac.ledger import control

Whom = Annotated[str, typer.Option("--target", help="One target; all of them where it is left out.")]


def pause(
    url: Url = "",
    reason: Reason = "asked for on the command line",
    target: Whom = control.EVERY_TARGET,
    state_url: StateUrl = None,
) -> None:
    """Stop every change at once: running builds are cancelled, nothing new begins."""
    with writing(state_url or url) as ledger:
        control.pause(ledger, target, actor=person(), reason=reason)
    typer.echo(f"Paused {_named(target)}; `celeriac resume` lifts it.")


def resume(
    url: Url = "",
    reason: Reason = "asked for on the command line",
    target: Whom = control.EVERY_TARGET,
    state_url: StateUrl = None,
) -> None:
    """Lift the pause; a target that is named and had fallen back to approve gets its configured mode back."""
    with writing(state_url or url) as ledger:
        control.resume(ledger, target, actor=person(), reason=reason)
    typer.echo(f"Resumed {_named(target)}.")


def _named(target: str) -> str:
    return "every target" if target == control.EVERY_TARGET else f"target {target}"
