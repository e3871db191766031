"""`celeriac alerts list|silence|lift|acknowledge`: what fires, and what a person says to it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from celeriac.alerts import store
from celeriac.alerts.alert import Alert, Silence
from celeriac.cli.connecting import StateUrl, Target, Url, read_only, writing
from celeriac.cli.deciding import Reason, person
from celeriac.cli.ledger import when
from celeriac.cli.printing import Format, FormatOption, console, print_json, table
from celeriac.errors import CeleriacError


class Act(StrEnum):
    """What to do."""

    LIST = "list"
    SILENCE = "silence"
    LIFT = "lift"
    ACKNOWLEDGE = "acknowledge"


class NumberMissing(CeleriacError):
    """Say which one is meant: `celeriac alerts {act} --id ID`, with the number that `celeriac alerts list` shows."""


def alerts(
    act: Annotated[Act, typer.Argument(help="Show alerts, keep some quiet, end that, or say that you are at one.")],
    url: Url = "",
    number: Annotated[int | None, typer.Option("--id", help="The silence to lift, the alert to acknowledge.")] = None,
    rule: Annotated[str, typer.Option("--rule", help="Silence: alerts of these rules, `*` stands for anything.")] = "*",
    subject: Annotated[str, typer.Option("--subject", help="Silence: alerts of these subjects.")] = "*",
    minutes: Annotated[float, typer.Option("--minutes", help="Silence: for how long.")] = 60,
    reason: Reason = "asked for on the command line",
    target: Target = "main",
    state_url: StateUrl = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """List alerts and silences, silence some for a while, lift a silence, or acknowledge an alert."""
    where = state_url or url
    if act is Act.LIST:
        _list(where, target, output)
    elif act is Act.SILENCE:
        lasts = timedelta(minutes=minutes)
        with writing(where) as ledger:
            made = store.silence(ledger, target, lasts=lasts, actor=person(), reason=reason, rule=rule, subject=subject)
        typer.echo(f"Silence {made.id} lasts until {when(made.until)}; `celeriac alerts lift --id {made.id}` ends it.")
    elif number is None:
        raise NumberMissing(act=act.value)
    elif act is Act.LIFT:
        with writing(where) as ledger:
            store.lift(ledger, target, number, actor=person(), reason=reason)
        typer.echo(f"Silence {number} is lifted.")
    else:
        with writing(where) as ledger:
            store.acknowledge(ledger, target, number, actor=person(), reason=reason)
        typer.echo(f"Alert {number} is acknowledged: nobody is told of it again until it is over.")


def _list(url: str, target: str, output: Format) -> None:
    with read_only(url) as ledger:
        open_alerts, silences = store.active(ledger, target), store.silences(ledger, target)
    if output is Format.JSON:
        print_json({"alerts": [asdict(one) for one in open_alerts], "silences": [asdict(one) for one in silences]})
        return
    if not open_alerts:
        typer.echo(f"Nothing fires on target {target}.")
    else:
        _print("Alerts", ("alert", "severity", "state", "since", "rule", "subject", "what"), map(_row, open_alerts))
    if silences:
        _print("Silences", ("silence", "until", "rule", "subject", "who", "why"), map(_kept_quiet, silences))


def _print(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    console().print(table(title, columns, list(rows), right=columns[:1]))


def _row(one: Alert) -> tuple[object, ...]:
    state = f"{one.state}, {one.acknowledged_by} is at it" if one.acknowledged_by else one.state
    return one.id, one.severity, state, when(one.fired_at or one.since), one.rule, one.subject, one.sentence


def _kept_quiet(one: Silence) -> tuple[object, ...]:
    return one.id, when(one.until), one.rule, one.subject, one.actor, one.reason
