"""The history of metrics: samples as taken, and their roll-ups."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from celeriac.ledger.models.base import Base, BigId, Now


class MetricSeries(Base):
    """A metric of a target with its labels; samples refer to it by number to stay small."""

    __tablename__ = "metric_series"
    __table_args__ = (UniqueConstraint("target", "name", "labels"),)

    id: Mapped[BigId]
    target: Mapped[str]
    name: Mapped[str]
    labels: Mapped[dict[str, Any]]


class MetricSample(Base):
    """One value at one instant."""

    __tablename__ = "metric_sample"
    __table_args__ = (Index("metric_sample_at_brin", "at", postgresql_using="brin"),)

    series_id: Mapped[int] = mapped_column(ForeignKey(MetricSeries.id, ondelete="CASCADE"), primary_key=True)
    at: Mapped[Now] = mapped_column(primary_key=True)
    value: Mapped[float]


class MetricRollup(Base):
    """Samples of a series folded by minute, hour or day."""

    __tablename__ = "metric_rollup"

    series_id: Mapped[int] = mapped_column(ForeignKey(MetricSeries.id, ondelete="CASCADE"), primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    """minute, hour or day."""
    at: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]
    sum: Mapped[float]
    minimum: Mapped[float]
    maximum: Mapped[float]
    last: Mapped[float]
