"""Statements and what they did, window by window."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from celeriac.ledger.models.base import Base, BigId, Now


class StatementText(Base):
    """A normalized statement of one role; `fingerprint` survives a changed queryid."""

    __tablename__ = "statement"

    target: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    text: Mapped[str]
    first_seen: Mapped[Now]
    last_seen: Mapped[Now]


class StatementCounter(Base):
    """The cumulative counters last read from the server, from which the next window is subtracted."""

    __tablename__ = "statement_counter"

    target: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True)
    query_id: Mapped[int] = mapped_column(primary_key=True)
    top_level: Mapped[bool] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    """Or `ours`, `other`, `unread` (see `celeriac.statements.texts`)."""
    counters: Mapped[dict[str, Any]]
    """{counters: {calls, …}, since: when the server began to count it, where it says so}."""


class StatementWindow(Base):
    """One capture: what lies between two reads of the counters."""

    __tablename__ = "statement_window"
    __table_args__ = (Index(None, "target", "ended_at"),)

    id: Mapped[BigId]
    target: Mapped[str]
    started_at: Mapped[datetime | None]
    """None for the first capture, which only sets the starting point and holds no statements."""
    ended_at: Mapped[Now]
    complete: Mapped[bool]
    note: Mapped[str | None]
    """Why the window is incomplete: reset, restart, evictions."""
    server: Mapped[dict[str, Any]]
    """`celeriac.statements.reading.ServerState` as read with the counters, and `other`: what cannot be optimized."""


class WindowStatement(Base):
    """One statement's counters within one window."""

    __tablename__ = "window_statement"

    window_id: Mapped[int] = mapped_column(ForeignKey(StatementWindow.id, ondelete="CASCADE"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    calls: Mapped[int]
    total_ms: Mapped[float]
    square_ms2: Mapped[float]
    rows: Mapped[int]
    shared_hit_blocks: Mapped[int]
    shared_read_blocks: Mapped[int]
    shared_dirtied_blocks: Mapped[int]
    shared_written_blocks: Mapped[int]
    temp_blocks: Mapped[int]
    io_ms: Mapped[float]
    wal_bytes: Mapped[int]
    plan_ms: Mapped[float]
