"""Read the indexes of one server with what forbids to drop them, and their counters."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from celeriac.ledger.usage import Reading
from celeriac.sql import load


@dataclass(frozen=True, slots=True)
class Found:
    """One index as the catalog and the counters of one server show it."""

    oid: int
    schema_name: str
    table_name: str
    table_oid: int
    name: str
    method: str
    ddl: str
    size_bytes: int
    valid: bool
    at_work: bool
    """Somebody builds on, reindexes, vacuums or alters its table now."""
    is_unique: bool
    is_primary: bool
    is_exclusion: bool
    backs_constraint: bool
    is_replica_identity: bool
    is_clustered: bool
    of_extension: bool
    is_part: bool
    """It belongs to the index of a partitioned table."""
    is_partitioned: bool
    predicate: str
    keys: tuple[str, ...]
    """Column or expression with operator class and its options, collation and direction."""
    columns: tuple[int, ...]
    """Of the keys; 0 for an expression."""
    included: frozenset[int]
    foreign_keys: frozenset[frozenset[int]]
    """The columns of each foreign key of its table."""
    scans: int
    table_reads: int
    table_writes: int
    stats_reset: datetime | None
    options: str = ""
    """Storage parameters, as the catalog has them."""

    @property
    def qualified(self) -> str:
        """Its name, for people."""
        return f"{self.schema_name}.{self.name}"

    def reading(self, server: str) -> Reading:
        """Return its counters, to be kept."""
        return Reading(server, self.oid, self.scans, self.table_reads, self.table_writes, self.stats_reset)


def read(connection: Connection) -> tuple[Found, ...]:
    """Return every index of the application, oldest first."""
    return tuple(
        Found(
            **{
                **row,
                "keys": tuple(row["keys"]),
                "columns": tuple(row["columns"]),
                "included": frozenset(row["included"]),
                "foreign_keys": frozenset(frozenset(map(int, one.split())) for one in row["foreign_keys"]),
            }
        )
        for row in connection.execute(load(__file__, "indexes")).mappings()
    )
