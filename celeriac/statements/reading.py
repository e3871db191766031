"""One read of pg_stat_statements: every counter of this database, and the texts that are asked for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import Connection

from celeriac.statements.extension import Extension
from celeriac.statements.statement import Counters

_columns = attrgetter(*(field.name for field in fields(Counters)))


class Key(NamedTuple):
    """What the server tells statements apart by, within a database."""

    user_id: int
    query_id: int
    top_level: bool


@dataclass(frozen=True, slots=True)
class ServerState:
    """What tells a reset, a restart or another server from plain growth; instants by the target's clock."""

    read_at: datetime
    postmaster_started_at: datetime
    server_version_num: int
    stats_reset: datetime | None
    """None where the extension does not keep it (1.8)."""
    dealloc: int | None
    """How often the extension was full and evicted the statements it deemed least used."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The counters of one statement since `since`, or since they were last reset where that is not kept."""

    counters: Counters
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything the server knew of this database's statements at one instant."""

    server: ServerState
    entries: Mapping[Key, Entry]


@dataclass(frozen=True, slots=True)
class Text:
    """A statement as the server normalized it, and the role that ran it."""

    role: str
    text: str | None
    """None where the server has lost it."""


def read(connection: Connection, extension: Extension) -> Reading:
    """Read the counters of every statement of the connected database."""
    server = ServerState(**connection.execute(extension.query("server")).mappings().one())
    rows = connection.execute(extension.query("counters")).all()
    return Reading(
        server=server,
        entries={
            Key(row.user_id, row.query_id, row.top_level): Entry(Counters(*_columns(row)), row.since) for row in rows
        },
    )


def read_texts(
    connection: Connection, extension: Extension, keys: Collection[Key], max_chars: int
) -> Mapping[Key, Text]:
    """Read the texts of some statements, cut after `max_chars` + 1; those that were evicted meanwhile are left out."""
    if not keys:
        return {}
    rows = connection.execute(
        extension.query("texts"), {"query_ids": sorted({key.query_id for key in keys}), "max_chars": max_chars}
    )
    found = {Key(row.user_id, row.query_id, row.top_level): Text(row.role, row.text) for row in rows}
    return {key: found[key] for key in keys if key in found}
