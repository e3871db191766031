"""A table's figures, and when autovacuum comes to it.

https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

_OFF = frozenset({"false", "off", "no", "0", "f", "n"})


@dataclass(frozen=True, slots=True)
class Server:
    """When autovacuum comes to a table that says nothing else."""

    at: datetime
    """The target's clock, which its instants of vacuum and analyze are told by."""
    autovacuum: bool
    analyze_base: float
    analyze_scale: float
    vacuum_base: float
    vacuum_scale: float
    insert_base: float
    insert_scale: float
    vacuum_most: float


@dataclass(frozen=True, slots=True)
class Table:
    """One table, materialized view or partitioned table as the statistics collector and the catalog have it."""

    oid: int
    schema_name: str
    table_name: str
    name: str
    """Qualified and quoted by the server, to be put into a statement."""
    kind: Literal["r", "m", "p"]
    estimated_rows: float
    """As the planner believes; of a partitioned table, when the whole was last analyzed."""
    rows: int
    """Living now; of a partitioned table, in all its parts."""
    dead: int
    changed: int
    """Since it was analyzed."""
    inserted: int
    """Since it was vacuumed."""
    inserts: int
    rewrites: int
    """Updates and deletes since statistics were reset."""
    pages: int
    visible_pages: int
    analyzed_at: datetime | None
    vacuumed_at: datetime | None
    options: Mapping[str, str]
    """Its own storage parameters."""
    has_statistics: bool
    is_owned: bool
    """So that its settings may be changed by our role."""
    is_maintained: bool
    """So that our role may analyze and vacuum it."""

    @property
    def visible_ratio(self) -> float:
        """Return the share of pages that an index-only scan, and a vacuum, need not look into."""
        return self.visible_pages / self.pages if self.pages else 1.0

    def has_autovacuum(self, server: Server) -> bool:
        """Tell whether autovacuum comes to this table; to a partitioned one it never does."""
        own = self.options.get("autovacuum_enabled", "true").lower() not in _OFF
        return server.autovacuum and own and self.kind != "p"

    def setting(self, name: str, default: float) -> float:
        """Return one of its own numbers of autovacuum, or the server's."""
        return float(self.options.get(f"autovacuum_{name}", default))

    def analyze_threshold(self, server: Server) -> float:
        """Return after how many changed rows autovacuum analyzes it."""
        scale = self.setting("analyze_scale_factor", server.analyze_scale)
        return self.setting("analyze_threshold", server.analyze_base) + scale * self.estimated_rows

    def vacuum_threshold(self, server: Server) -> float:
        """Return after how many dead rows autovacuum vacuums it."""
        scale = self.setting("vacuum_scale_factor", server.vacuum_scale)
        threshold = self.setting("vacuum_threshold", server.vacuum_base) + scale * self.estimated_rows
        most = self.setting("vacuum_max_threshold", server.vacuum_most)
        return threshold if most < 0 else min(threshold, most)

    def insert_threshold(self, server: Server) -> float | None:
        """Return after how many inserted rows autovacuum vacuums it; None where that is off."""
        base = self.setting("vacuum_insert_threshold", server.insert_base)
        if base < 0:
            return None
        return base + self.setting("vacuum_insert_scale_factor", server.insert_scale) * self.estimated_rows

    def evidence(self) -> dict[str, Any]:
        """Return its figures as JSON, to be kept before and after a run."""
        shown = asdict(self)
        for left_out in ("oid", "schema_name", "table_name", "name", "kind", "is_owned", "is_maintained"):
            del shown[left_out]
        instants = {name: value.isoformat() for name, value in shown.items() if isinstance(value, datetime)}
        return {**shown, **instants, "visible_ratio": round(self.visible_ratio, 4)}
