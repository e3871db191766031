"""The scan counters of indexes over time: a counter alone says nothing of when, nor whether it was reset."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from celeriac.ledger.models.base import Base, BigId, Now


class IndexUsage(Base):
    """The counters of one index on one server at one instant."""

    __tablename__ = "index_usage"
    __table_args__ = (Index(None, "target", "index_oid", "at"),)

    id: Mapped[BigId]
    target: Mapped[str]
    server: Mapped[str]
    """`primary`, or `replica` and its number in the settings: an index that serves one replica alone is used."""
    index_oid: Mapped[int]
    at: Mapped[Now]
    scans: Mapped[int]
    table_reads: Mapped[int]
    """Scans of its table by any way."""
    table_writes: Mapped[int]
    """Rows inserted, updated and deleted."""
    stats_reset: Mapped[datetime | None]
    """When the server began to count."""
