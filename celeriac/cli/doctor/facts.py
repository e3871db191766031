"""What the doctor looks at, read from the database."""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection

from celeriac.ledger import control, migrate
from celeriac.sql import load


@dataclass(frozen=True, slots=True)
class Facts:
    """The server, its extensions and settings, and what this role may do."""

    version_num: int
    version: str
    database: str
    role: str
    """Quoted where need be, as are all names here: they stand in commands."""
    is_standby: bool
    statements_loaded: bool
    statements_track: str | None
    compute_query_id: str | None
    """None before PostgreSQL 14, where pg_stat_statements computes them itself."""
    track_io_timing: bool
    maintenance_work_mem_bytes: int
    shared_buffers_bytes: int
    random_page_cost: float
    parallel_maintenance_workers: int
    reads_statistics: bool
    is_monitor: bool
    may_create_schema: bool
    has_ledger_schema: bool
    may_use_ledger: bool
    installed: dict[str, str]
    """Extensions and their versions."""
    available: dict[str, str]
    """Extensions of interest that the server could create, and the version it would create."""
    replica_lag_s: float | None
    replicas: int
    standby_lag_s: float | None
    tables: int
    may_index: int
    owners: tuple[str, ...]
    """Owners of the tables that this role may not index."""
    closed_schemas: tuple[str, ...]
    """Schemas with tables of ours in which this role may create nothing."""
    never_analyzed: int
    invalid_indexes: tuple[str, ...]
    ledger_revision: str | None
    newest_revision: str
    paused: tuple[str, ...] = ()
    """A sentence for each pause that holds."""


def read(connection: Connection, state: Connection) -> Facts:
    """Read the facts of a target, and its ledger's revision from the state database."""
    row: dict[str, Any] = dict(connection.execute(load(__file__, "facts")).mappings().one())
    tables = dict(connection.execute(load(__file__, "tables")).mappings().one())
    row |= {name: orjson.loads(row[name]) for name in ("installed", "available")}
    tables |= {name: tuple(tables[name] or ()) for name in ("owners", "closed_schemas")}
    if connection is not state:
        names = ("may_create_schema", "has_ledger_schema", "may_use_ledger")
        elsewhere = state.execute(load(__file__, "facts")).mappings().one()
        row |= {name: elsewhere[name] for name in names}
    revision = migrate.revision(state) if row["may_use_ledger"] else None
    return Facts(
        **row,
        **tables,
        invalid_indexes=tuple(connection.scalars(load(__file__, "invalid_indexes"))),
        ledger_revision=revision,
        newest_revision=migrate.head(),
        paused=() if revision is None else tuple(map(_pause, control.pauses(state))),
    )


def _pause(one: tuple[str, control.Control]) -> str:
    target, held = one
    whom = "every target" if target == control.EVERY_TARGET else f"target {target}"
    return f"{whom} is {held.sentence}"
