"""What is not as it should be, who was told of it, and of what nobody is to be told."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from celeriac.ledger.models.base import Base, BigId, Now


class Alert(Base):
    """One subject of one rule, from when its threshold was exceeded until it is resolved."""

    __tablename__ = "alert"
    __table_args__ = (
        # Deduplication: an alert that is open is not opened twice.
        Index(
            "alert_open_key",
            "target",
            "rule",
            "subject",
            unique=True,
            postgresql_where=text("state IN ('pending', 'firing')"),
        ),
        Index(None, "target", "resolved_at"),
    )

    id: Mapped[BigId]
    target: Mapped[str]
    rule: Mapped[str]
    subject: Mapped[str]
    severity: Mapped[str]
    """info, warning or critical."""
    sentence: Mapped[str]
    value: Mapped[float]
    state: Mapped[str]
    """pending, firing or resolved."""
    since: Mapped[datetime]
    last_seen: Mapped[datetime]
    fired_at: Mapped[datetime | None]
    clear_since: Mapped[datetime | None]
    """Since when a firing alert has been beyond the bound that clears it."""
    resolved_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    notified_at: Mapped[datetime | None]


class Silence(Base):
    """A person's word that nobody be told of some alerts until an instant."""

    __tablename__ = "silence"
    __table_args__ = (Index(None, "target", "until"),)

    id: Mapped[BigId]
    target: Mapped[str]
    rule: Mapped[str]
    """A pattern, as a shell's; `subject` likewise."""
    subject: Mapped[str]
    until: Mapped[datetime]
    actor: Mapped[str]
    reason: Mapped[str]
    created_at: Mapped[Now]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]


class Delivery(Base):
    """One notice to one channel: written with the alert's change, sent afterwards, tried until it arrives."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index(None, "alert_id"),
        Index("delivery_due_idx", "target", "next_attempt_at", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[BigId]
    alert_id: Mapped[int] = mapped_column(ForeignKey(Alert.id, ondelete="CASCADE"))
    target: Mapped[str]
    channel: Mapped[str]
    kind: Mapped[str]
    """firing, escalated, repeated or resolved."""
    state: Mapped[str]
    """waiting, delivered, superseded (it was over before it arrived) or given up."""
    created_at: Mapped[Now]
    next_attempt_at: Mapped[Now]
    attempts: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[str | None]
    """Why the last attempt failed; never holds an address."""
    delivered_at: Mapped[datetime | None]
