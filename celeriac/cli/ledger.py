"""`celeriac ledger`: what was proposed, done and proven, and each step of one change."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from celeriac.cli.connecting import StateUrl, Target, Url, read_only
from celeriac.cli.printing import Format, FormatOption, console, print_json, size, table
from celeriac.indexes.calibration import Calibration, calibrate, observations
from celeriac.ledger import audit, changes, control


def ledger(
    url: Url = "",
    change_id: Annotated[int | None, typer.Option("--id", help="Show one change with each of its steps.")] = None,
    calibration: Annotated[
        bool, typer.Option("--calibration", help="Show what promises were worth, by access method.")
    ] = False,
    target: Target = "main",
    state_url: StateUrl = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """List the changes of a target, or show one with its audit trail, or what promises turned out to be worth."""
    if calibration:
        _show_calibration(state_url or url, target, output)
        return
    with read_only(state_url or url) as connection:
        document = _one(connection, target, change_id) if change_id is not None else _all(connection, target)
    if output is Format.JSON:
        print_json(document)
    elif change_id is not None:
        _print_one(document)
    else:
        _print_all(document)


def _all(connection: Connection, target: str) -> dict[str, Any]:
    held = control.read(connection, target)
    return {
        "target": target,
        "paused": held.paused,
        "mode_fallen_back_to": held.mode,
        "why": held.reason,
        "changes": [asdict(change) for change in changes.all_of(connection, target)],
    }


def _one(connection: Connection, target: str, change_id: int) -> dict[str, Any]:
    change = changes.get(connection, change_id, target)
    return {**asdict(change), "audit": [asdict(event) for event in audit.history(connection, change_id)]}


def _show_calibration(url: str, target: str, output: Format) -> None:
    with read_only(url) as connection:
        known = calibrate(observations(changes.all_of(connection, target)))
    if output is Format.JSON:
        print_json([asdict(one) for one in known.values()])
    elif not known:
        console().print(f"No index of target {target} was built yet: promises are taken as they are.", markup=False)
    else:
        console().print(_calibration_table(list(known.values())))


def _calibration_table(known: list[Calibration]) -> Any:
    columns = (
        "method",
        "judged",
        "promised ms/h",
        "measured ms/h",
        "saving factor",
        "built",
        "estimated",
        "size",
        "size factor",
    )
    rows = [
        (
            one.method,
            one.judged,
            figure(one.promised_ms_per_hour),
            figure(one.measured_ms_per_hour),
            f"{one.saving_factor:.2f}",
            one.built,
            size(round(one.estimated_bytes)),
            size(one.built_bytes),
            f"{one.size_factor:.2f}",
        )
        for one in known
    ]
    return table("Promised and measured", columns, rows, right=columns[1:])


def _print_all(document: dict[str, Any]) -> None:
    screen = console()
    if document["paused"]:
        screen.print(f"Paused: {document['why']}", markup=False)
    elif document["mode_fallen_back_to"]:
        screen.print(f"Mode fell back to {document['mode_fallen_back_to']}: {document['why']}", markup=False)
    if not document["changes"]:
        screen.print(f"The ledger of target {document['target']} holds no change yet.", markup=False)
        return
    columns = ("id", "state", "since", "kind", "promised ms/h", "measured ms/h", "size", "DDL")
    rows = [
        (
            change["id"],
            change["state"],
            when(change["state_since"]),
            change["kind"],
            figure(change["promised"].get("saving_ms_per_hour")),
            figure(change["evidence"].get("saved_ms_per_hour")),
            size(change["size_bytes"] or change["size_bytes_estimated"]),
            change["ddl"],
        )
        for change in document["changes"]
    ]
    screen.print(table("Changes", columns, rows, right=("id", "promised ms/h", "measured ms/h", "size")))


def _print_one(document: dict[str, Any]) -> None:
    screen = console()
    facts = (
        ("state", f"{document['state']} since {when(document['state_since'])}"),
        ("DDL", document["ddl"]),
        ("undo", document["undo_ddl"]),
        ("index", document["index_name"]),
        ("reason", document["reason"]),
        ("promised ms/h", figure(document["promised"].get("saving_ms_per_hour"))),
        ("measured ms/h", figure(document["evidence"].get("saved_ms_per_hour"))),
        ("evidence", document["evidence"].get("reason")),
        ("size", size(document["size_bytes"] or document["size_bytes_estimated"])),
        ("last error", document["last_error"]),
    )
    screen.print(table(f"Change {document['id']}", ("", ""), [fact for fact in facts if fact[1]]))
    steps = [(when(one["at"]), one["to_state"], one["actor"], one["reason"]) for one in document["audit"]]
    screen.print(table("Steps", ("at", "to", "by", "why"), steps))


def when(instant: datetime) -> str:
    """Write an instant to the second, with its offset."""
    return instant.isoformat(sep=" ", timespec="seconds")


def figure(value: float | None) -> str:
    """Write a figure with thousands, nothing where there is none.

    >>> figure(12345.6), figure(None)
    ('12,346', '')
    """
    return "" if value is None else f"{value:,.0f}"
