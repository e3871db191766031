"""What was hot in PostgreSQL's buffers, and what warming brought."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from celeriac.ledger.models.base import Base, BigId, Now


class BufferSnapshot(Base):
    """The hot blocks of a target at an instant, as ranges per relation."""

    __tablename__ = "buffer_snapshot"
    __table_args__ = (Index(None, "target", "taken_at"),)

    id: Mapped[BigId]
    target: Mapped[str]
    taken_at: Mapped[Now]
    postmaster_started_at: Mapped[datetime]
    blocks: Mapped[int]
    relations: Mapped[list[Any]]
    """[{schema, name, kind, filenode, ranges: [[first, last], …]}, …], indexes first."""


class WarmRun(Base):
    """One run of a warmer, PostgreSQL's or Redis's: what it cost and what it brought."""

    __tablename__ = "warm_run"
    __table_args__ = (Index(None, "target", "started_at"),)

    id: Mapped[BigId]
    target: Mapped[str]
    kind: Mapped[str]
    """buffers, index or cache."""
    started_at: Mapped[Now]
    seconds: Mapped[float]
    warmed: Mapped[int]
    """Blocks, or keys."""
    bytes: Mapped[int]
    detail: Mapped[dict[str, Any]]
