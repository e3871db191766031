"""Who did what to a change, why, and on what evidence: written in the transaction that did it, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from celeriac.ledger.models.changes import AuditEvent


@dataclass(frozen=True, slots=True)
class Event:
    """One recorded step; the change is None for what concerns a whole target."""

    id: int
    change_id: int | None
    target: str
    at: datetime
    from_state: str | None
    to_state: str
    actor: str
    reason: str
    evidence: dict[str, Any]


def record(
    ledger: Connection,
    target: str,
    *,
    to_state: str,
    actor: str,
    reason: str,
    change_id: int | None = None,
    from_state: str | None = None,
    evidence: Mapping[str, Any] | None = None,
) -> None:
    """Write one event in the caller's transaction."""
    ledger.execute(
        insert(AuditEvent).values(
            change_id=change_id,
            target=target,
            from_state=from_state,
            to_state=to_state,
            actor=actor,
            reason=reason,
            evidence=dict(evidence or {}),
        )
    )


def history(ledger: Connection, change_id: int) -> tuple[Event, ...]:
    """Return the steps of one change in the order in which they happened."""
    columns = AuditEvent.__table__.c
    rows = ledger.execute(select(AuditEvent.__table__).where(columns.change_id == change_id).order_by(columns.id))
    return tuple(Event(**row._asdict()) for row in rows)
