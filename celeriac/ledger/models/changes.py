"""What was proposed, done and proven, with every step's who, why and evidence."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from celeriac.ledger.models.base import Base, BigId, Now


class Change(Base):
    """One change to one target; its state moves by compare-and-set only (see `celeriac.ledger.states`)."""

    __tablename__ = "change"
    __table_args__ = (
        Index(None, "target", "state"),
        # One open change for one definition: two advisor runs cannot propose the same index twice.
        Index(
            "change_open_key",
            "target",
            "identity",
            unique=True,
            postgresql_where=text(
                "state NOT IN ('rejected', 'expired', 'failed', 'reverted', 'lost', 'dropped', 'restored')"
            ),
        ),
    )

    id: Mapped[BigId]
    target: Mapped[str]
    kind: Mapped[str]
    """build, drop or rebuild."""
    state: Mapped[str]
    state_since: Mapped[Now]
    created_at: Mapped[Now]
    deadline: Mapped[datetime | None]
    """When the state's time-out strikes; None where it has none."""
    attempt: Mapped[int] = mapped_column(server_default="0")
    not_before: Mapped[datetime | None]
    """Back-off: the next attempt waits until then."""
    schema_name: Mapped[str]
    table_name: Mapped[str]
    table_oid: Mapped[int | None]
    index_name: Mapped[str | None]
    """Set before any DDL; carries the change's id (`celeriac.indexes.ddl.index_name`)."""
    identity: Mapped[str]
    """`celeriac.indexes.ddl.identity`: keys the quarantine."""
    definition: Mapped[dict[str, Any]]
    """The `IndexDefinition` as JSON."""
    ddl: Mapped[str]
    undo_ddl: Mapped[str | None]
    definition_hash: Mapped[str | None]
    """Hash of `pg_get_indexdef` less the name, taken when the index was first seen valid."""
    origin: Mapped[str]
    """advisor, declared, prune or person."""
    reason: Mapped[str]
    promised: Mapped[dict[str, Any]]
    """The recommendation's saving_ms_per_hour, saving_ratio, write_ms_per_hour, sureness and fingerprints."""
    size_bytes_estimated: Mapped[int | None]
    size_bytes: Mapped[int | None]
    baseline_window_id: Mapped[int | None]
    """The last window before the change; the baseline is what precedes it."""
    build_started_at: Mapped[datetime | None]
    built_at: Mapped[datetime | None]
    build_seconds: Mapped[float | None]
    settled_at: Mapped[datetime | None]
    """Verification counts windows that begin after this instant."""
    evidence: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    last_error: Mapped[str | None]
    actor: Mapped[str]


class AuditEvent(Base):
    """One transition, written in the transaction that made it; never changed."""

    __tablename__ = "audit_event"
    __table_args__ = (Index(None, "change_id"),)

    id: Mapped[BigId]
    change_id: Mapped[int | None] = mapped_column(ForeignKey(Change.id))
    target: Mapped[str]
    at: Mapped[Now]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    actor: Mapped[str]
    reason: Mapped[str]
    evidence: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))


class Quarantine(Base):
    """A definition that was measured not to help, kept out with a growing back-off."""

    __tablename__ = "quarantine"

    target: Mapped[str] = mapped_column(primary_key=True)
    identity: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]
    times: Mapped[int]
    reason: Mapped[str]
    change_id: Mapped[int] = mapped_column(ForeignKey(Change.id))
    circumstances: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    """Table rows and promised saving at the time: the quarantine is lifted when either has changed twofold."""


class Control(Base):
    """The kill switch and a target's fall-back mode; target `*` is every target."""

    __tablename__ = "control"

    target: Mapped[str] = mapped_column(primary_key=True)
    paused: Mapped[bool] = mapped_column(server_default=text("false"))
    mode: Mapped[str | None]
    """Overrides the configured mode downwards: after two reverts in a week `auto` falls back to `approve`."""
    reason: Mapped[str]
    actor: Mapped[str]
    at: Mapped[Now]


class PlanningUse(Base):
    """Scans that our own EXPLAINs caused (EXPLAIN raises idx_scan): pruning subtracts them."""

    __tablename__ = "planning_use"
    __table_args__ = (Index(None, "target", "at"),)

    id: Mapped[BigId]
    target: Mapped[str]
    at: Mapped[Now]
    index_oid: Mapped[int]
    scans: Mapped[int]
