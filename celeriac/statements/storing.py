"""The ledger's side of a capture: the starting point that the next window is subtracted from, and the windows."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from celeriac.sql import load
from celeriac.statements.reading import Entry, Key, Reading, ServerState
from celeriac.statements.statement import Counters, Statement, values

_COLUMNS = ("fingerprint", *(field.name for field in fields(Counters)))
_INSTANTS = ("read_at", "postmaster_started_at", "stats_reset")


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """What the last capture read, when, and which statement each key stands for."""

    at: datetime
    reading: Reading
    fingerprints: Mapping[Key, str]


@dataclass(frozen=True, slots=True)
class Measured:
    """A window as it is stored: counters by fingerprint, the texts being stored once."""

    target: str
    started_at: datetime | None
    """None for a starting point, which holds no statements."""
    ended_at: datetime
    statements: Mapping[str, Counters]
    other: Counters
    complete: bool
    note: str | None


def load_starting_point(ledger: Connection, target: str) -> StartingPoint | None:
    """Return what the last capture left, None before the first."""
    window = ledger.execute(load(__file__, "starting_point"), {"target": target}).one_or_none()
    if window is None:
        return None
    entries, fingerprints = {}, {}
    for row in ledger.execute(load(__file__, "starting_counters"), {"target": target}):
        key = Key(row.user_id, row.query_id, row.top_level)
        entries[key] = _entry(orjson.loads(row.counters))
        fingerprints[key] = row.fingerprint
    return StartingPoint(window.ended_at, Reading(_server(window.server), entries), fingerprints)


def store_window(ledger: Connection, measured: Measured, server: ServerState) -> int:
    """Write a window with its statements and return its id."""
    window_id: int = ledger.execute(
        load(__file__, "insert_window"),
        {
            "target": measured.target,
            "started_at": measured.started_at,
            "ended_at": measured.ended_at,
            "complete": measured.complete,
            "note": measured.note,
            "server": _json({**asdict(server), "other": measured.other}),
        },
    ).scalar_one()
    documents = [
        dict(zip(_COLUMNS, (name, *values(counters)), strict=True)) for name, counters in measured.statements.items()
    ]
    if documents:
        ledger.execute(
            load(__file__, "insert_window_statements"), {"window_id": window_id, "documents": _json(documents)}
        )
    return window_id


def without_text(ledger: Connection, target: str, fingerprints: Collection[str]) -> set[str]:
    """Return those of the statements that ran whose text the ledger has not, and note that the others still run."""
    bounds = {"target": target, "fingerprints": list(fingerprints)}
    ledger.execute(load(__file__, "touch_statements"), bounds)
    return set(ledger.scalars(load(__file__, "without_text"), bounds))


def store_texts(ledger: Connection, target: str, statements: Collection[Statement]) -> None:
    """Write the texts of statements that were met for the first time."""
    documents = [{"fingerprint": one.fingerprint, "role": one.role, "text": one.text} for one in statements]
    if documents:
        ledger.execute(load(__file__, "insert_statements"), {"target": target, "documents": _json(documents)})


def store_starting_point(
    ledger: Connection, target: str, before: StartingPoint | None, now: Reading, fingerprints: Mapping[Key, str]
) -> None:
    """Leave for the next capture what this one read, writing only what moved."""
    entries = before.reading.entries if before else {}
    known = before.fingerprints if before else {}
    moved = [
        {**key._asdict(), "fingerprint": fingerprints[key], "counters": entry}
        for key, entry in now.entries.items()
        if entries.get(key) != entry or known.get(key) != fingerprints[key]
    ]
    if moved:
        ledger.execute(load(__file__, "upsert_counters"), {"target": target, "documents": _json(moved)})
    gone = [key._asdict() for key in entries.keys() - now.entries.keys()]
    if gone:
        ledger.execute(load(__file__, "delete_counters"), {"target": target, "documents": _json(gone)})


def counters_from(document: Mapping[str, Any] | None) -> Counters:
    """Read counters from their JSON, zero where there is none."""
    return Counters(**document) if document else Counters()


def _entry(document: dict[str, Any]) -> Entry:
    return Entry(counters_from(document["counters"]), _instant(document["since"]))


def _server(document: dict[str, Any]) -> ServerState:
    known = {field.name: document[field.name] for field in fields(ServerState)}
    return ServerState(**{**known, **{name: _instant(known[name]) for name in _INSTANTS}})


def _instant(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
