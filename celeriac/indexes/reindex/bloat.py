"""How much of a b-tree is air: its size against what it would take freshly built, by statistics or as measured.

The estimate knows deduplication, which common bloat queries do not; where pgstattuple may be used,
what the estimate suspects is measured. An index that was built or rebuilt by us is never thought smaller than it then
was, so that one the estimate is wrong about is not rebuilt again and again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.policy import MIB, ReindexPolicy
from celeriac.indexes.sizes import estimate_bytes
from celeriac.ledger.changes import Change
from celeriac.sql import bounded, load
from celeriac.statements.catalog import Catalog, ExistingIndex, Table

_FRESH_DENSITY = 90.0
"""Per cent: b-tree leaves are filled so far when an index is built."""
_MEASURE_TIMEOUT_MS = 60_000

Fresh = Mapping[tuple[str, str], int]
"""Sizes of indexes when they were last built by us, by (schema, name)."""


@dataclass(frozen=True, slots=True)
class Bloat:
    """One index that takes more than it needs."""

    table: Table
    index: ExistingIndex
    fresh_bytes: int
    """What it would take freshly built."""
    measured: bool = False
    """By pgstatindex, and not by estimate."""

    @property
    def wasted_bytes(self) -> int:
        """What a rebuild would give back."""
        return max(0, self.index.size_bytes - self.fresh_bytes)

    @property
    def wasted_ratio(self) -> float:
        """Of its size."""
        return self.wasted_bytes / self.index.size_bytes if self.index.size_bytes else 0.0

    @property
    def sentence(self) -> str:
        """Say what is wasted, for people."""
        how = "measured" if self.measured else "estimated"
        return (
            f"{self.index.name} takes {self.index.size_bytes / MIB:.0f} MiB and would take {self.fresh_bytes / MIB:.0f}"
            f" freshly built ({how}): {self.wasted_ratio:.0%} of it is air"
        )


def find(connection: Connection, catalog: Catalog, policy: ReindexPolicy, fresh: Fresh) -> tuple[Bloat, ...]:
    """Return the b-trees that waste as much as the policy minds, most first; `connection` is in a transaction."""
    found = [one for one in estimated(catalog, fresh) if minds(one, policy)]
    if found and connection.execute(load(__file__, "has_pgstattuple")).scalar():
        found = [_measured(connection, one) for one in found]
    return tuple(sorted((one for one in found if minds(one, policy)), key=lambda one: -one.wasted_bytes))


def estimated(catalog: Catalog, fresh: Fresh) -> tuple[Bloat, ...]:
    """Estimate every valid b-tree of the tables that were analyzed."""
    return tuple(
        Bloat(table, index, max(_estimate(table, index, catalog.block_size), fresh.get((table.schema, index.name), 0)))
        for table in catalog.tables.values()
        if table.kind in ("r", "m") and any(column.average_width for column in table.columns)
        for index in table.indexes
        if index.valid and index.method == "btree"
    )


def minds(one: Bloat, policy: ReindexPolicy) -> bool:
    """Tell whether an index wastes as many bytes, and as large a share, as is worth a rebuild."""
    return one.wasted_bytes >= policy.min_wasted_bytes and one.wasted_ratio >= policy.min_wasted_ratio


def sizes_when_built(changes: Iterable[Change]) -> dict[tuple[str, str], int]:
    """Return what our builds and rebuilds came to, the last one of each index."""
    return {
        (change.schema_name, change.index_name): change.size_bytes
        for change in changes
        if change.kind != "drop" and change.index_name is not None and change.size_bytes
    }


def _estimate(table: Table, index: ExistingIndex, block_size: int) -> int:
    known = {column.name for column in table.columns}
    key = tuple(KeyPart(name, is_expression=name not in known) for name in index.key)
    definition = IndexDefinition(table.schema, table.name, key, index.include, index.where)
    # A partial index is taken to hold every row: statistics seldom know, and air must not be seen where there is none.
    return estimate_bytes(definition, table, block_size=block_size)


def _measured(connection: Connection, one: Bloat) -> Bloat:
    try:
        with bounded(connection, _MEASURE_TIMEOUT_MS):
            density: float = connection.execute(load(__file__, "leaf_density"), {"oid": one.index.oid}).scalar_one()
    except DBAPIError:  # it is gone, locked, too large to read in time, or the role may not
        return one
    full = min(max(density, 0.0) / _FRESH_DENSITY, 1.0)
    return replace(one, fresh_bytes=round(one.index.size_bytes * full), measured=True)
