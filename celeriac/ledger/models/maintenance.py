"""ANALYZE, VACUUM and settings of autovacuum: what was proposed, decided and done, and what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from celeriac.ledger.models.base import Base, BigId, Now


class MaintenanceRun(Base):
    """One run on one table; its state moves by compare-and-set only (see `celeriac.maintenance.states`)."""

    __tablename__ = "maintenance_run"
    __table_args__ = (
        # One open run of a kind for a table, so that two rounds at once cannot propose it twice.
        Index(
            "maintenance_run_open_key",
            "target",
            "kind",
            "schema_name",
            "table_name",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'approved', 'running')"),
        ),
        Index(None, "target", "state_since"),
    )

    id: Mapped[BigId]
    target: Mapped[str]
    kind: Mapped[str]
    """analyze, vacuum or settings."""
    schema_name: Mapped[str]
    table_name: Mapped[str]
    table_oid: Mapped[int]
    state: Mapped[str]
    state_since: Mapped[Now]
    created_at: Mapped[Now]
    deadline: Mapped[datetime | None]
    """When a proposal or an approval ends by itself."""
    not_before: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(server_default="0")
    reason: Mapped[str]
    """Why the table needs it."""
    urgency: Mapped[float]
    """Times of its bound: the worst goes first."""
    ddl: Mapped[str]
    undo_ddl: Mapped[str | None]
    """Of settings: what gives back exactly the former ones."""
    options: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    """Of settings: what they become."""
    before: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    """The table's figures when it was proposed, and then again when it began."""
    after: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    """Its figures once the run had ended."""
    outcome: Mapped[str | None]
    """What came of it, or why it waits or failed, in one sentence."""
    backend_pid: Mapped[int | None]
    """Of the session that runs, or ran, the statement."""
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    actor: Mapped[str]
    """Who answers for it."""
