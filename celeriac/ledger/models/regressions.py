"""What is usual for statements and what is not: their hours, regressions, plans, and the catalog as last seen."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from celeriac.ledger.models.base import Base, BigId, Now
from celeriac.ledger.models.changes import Change


class StatementHour(Base):
    """One statement's counters within one hour of the clock: what windows leave when they go."""

    __tablename__ = "statement_hour"

    target: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    """The hour's beginning."""
    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    """`*` is the hour itself: how much of it was captured, and the load that no statement is named for."""
    seconds: Mapped[float]
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
    time_flutter: Mapped[float]
    """See `celeriac.statements.regressions.usual.Hour`."""
    calls_flutter: Mapped[float]


class Regression(Base):
    """One statement that got slower, busier or is new; at most one is open for a statement."""

    __tablename__ = "regression"
    __table_args__ = (
        Index(None, "target", "fingerprint"),
        Index(
            "regression_open_key", "target", "fingerprint", unique=True, postgresql_where=text("resolved_at IS NULL")
        ),
    )

    id: Mapped[BigId]
    target: Mapped[str]
    fingerprint: Mapped[str]
    """`*` for all statements (cause `load`)."""
    cause: Mapped[str]
    """`celeriac.statements.regressions.cause.Cause`."""
    sentence: Mapped[str]
    ratio: Mapped[float | None]
    """Of time per call, or of calls where the cause is traffic; None for a new statement."""
    baseline: Mapped[dict[str, Any]]
    """What was usual when it began (`celeriac.statements.regressions.usual.Usual`); it is compared with that only."""
    now: Mapped[dict[str, Any]]
    """The figures of the last window that showed it."""
    ms_per_hour: Mapped[float]
    """What it costs."""
    first_seen: Mapped[datetime]
    """The beginning of the first window that showed it."""
    last_seen: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    ending: Mapped[str | None]
    """back, accepted, gone or known."""
    change_id: Mapped[int | None] = mapped_column(ForeignKey(Change.id))
    """The change of ours that came just before."""


class StatementPlan(Base):
    """The shape of a statement's generic plan when it was last looked at while nothing was wrong."""

    __tablename__ = "statement_plan"

    target: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[Now]
    shape: Mapped[str]


class CatalogFacts(Base):
    """What of a target's tables plans hang on, as it was seen last."""

    __tablename__ = "catalog_facts"

    target: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[Now]
    tables: Mapped[dict[str, Any]]


class CatalogEvent(Base):
    """DDL that was seen by comparing two looks at the catalog."""

    __tablename__ = "catalog_event"
    __table_args__ = (Index(None, "target", "table_name", "at"),)

    id: Mapped[BigId]
    target: Mapped[str]
    table_name: Mapped[str]
    """Qualified."""
    after: Mapped[datetime]
    """The look that did not show it yet."""
    at: Mapped[Now]
    what: Mapped[str]
