"""What the health checks found, from when to when."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from celeriac.ledger.models.base import Base, BigId, Now


class Finding(Base):
    """One fault of one subject: open until a check that looked no longer finds it."""

    __tablename__ = "finding"
    __table_args__ = (
        # One open row a fault, so that two rounds at once cannot open it twice.
        Index(
            "finding_open_key",
            "target",
            "check_name",
            "subject",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index(None, "target", "resolved_at"),
    )

    id: Mapped[BigId]
    target: Mapped[str]
    check_name: Mapped[str]
    subject: Mapped[str]
    severity: Mapped[str]
    """warning or critical, as it was last seen."""
    sentence: Mapped[str]
    evidence: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    cure: Mapped[str | None]
    first_seen: Mapped[Now]
    last_seen: Mapped[Now]
    resolved_at: Mapped[datetime | None]
