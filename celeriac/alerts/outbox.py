"""Notices on their way: written in the transaction that changed the alert, taken, sent and recorded afterwards.

A notice is taken by moving its next attempt ahead, so that no transaction is open while a receiver is slow, and one
whose sender dies is sent again: it arrives at least once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import Connection, Table, func, insert, literal, select, update

from celeriac.alerts.alert import Alert, Kind, Notice
from celeriac.alerts.owe import Past, Told
from celeriac.alerts.policy import AlertPolicy
from celeriac.ledger import clock
from celeriac.ledger.models.alerts import Alert as _AlertRow
from celeriac.ledger.models.alerts import Delivery as _DeliveryRow

_ALERTS = cast("Table", _AlertRow.__table__)
_TABLE = cast("Table", _DeliveryRow.__table__)
_TAKEN_FOR: Final = timedelta(minutes=2)
"""Longer than a channel may take."""
MOST: Final = 50
"""Notices in one message: more would be cut by the receivers."""
_BEGUN: Final = ("firing", "escalated", "repeated")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice that is being delivered."""

    id: int
    notice: Notice
    attempts: int
    """This one included."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended; `error` is None where it arrived, and never holds an address."""

    delivery: Delivery
    error: str | None = None


def enqueue(ledger: Connection, notices: Sequence[Notice]) -> None:
    """Write notices, to be sent when the transaction has committed."""
    if notices:
        ledger.execute(insert(_TABLE), [_values(notice) for notice in notices])


def note(ledger: Connection, notices: Sequence[Notice], at: Mapping[str, datetime]) -> None:
    """Write notices that have arrived already, each channel's at its instant."""
    arrived = {"state": "delivered", "attempts": 1}
    rows = [
        {**_values(one), **arrived, "created_at": at[one.channel], "delivered_at": at[one.channel]} for one in notices
    ]
    if rows:
        ledger.execute(insert(_TABLE), rows)


def supersede(ledger: Connection, alert_ids: Sequence[int | None]) -> None:
    """Take back what has not arrived of these alerts: they are over."""
    ledger.execute(
        update(_TABLE).where(_TABLE.c.alert_id.in_(alert_ids), _TABLE.c.state == "waiting").values(state="superseded")
    )


def past(ledger: Connection, alert_ids: Sequence[int | None]) -> Past:
    """Return when each channel was last told of each alert, and whether it ever heard."""
    columns = _TABLE.c
    rows = ledger.execute(
        select(
            columns.alert_id,
            columns.channel,
            func.max(columns.created_at).label("at"),
            func.bool_or(columns.state == "delivered").label("heard"),
        )
        .where(columns.alert_id.in_(alert_ids), columns.kind.in_(_BEGUN))
        .group_by(columns.alert_id, columns.channel)
    )
    return {(row.alert_id, row.channel): Told(row.at, row.heard) for row in rows}


def take(ledger: Connection, target: str) -> tuple[Delivery, ...]:
    """Take what is due, the oldest first; nobody else takes the same."""
    columns = _TABLE.c
    due = (
        select(columns.id)
        .where(columns.target == target, columns.state == "waiting", columns.next_attempt_at <= clock.now())
        .order_by(columns.id)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(_TABLE)
        .where(columns.id.in_(due.scalar_subquery()))
        .values(attempts=columns.attempts + 1, next_attempt_at=clock.later(_TAKEN_FOR))
        .returning(columns.id, columns.alert_id, columns.channel, columns.kind, columns.attempts)
        .cte("taken")
    )
    rows = ledger.execute(
        select(taken.c.id.label("delivery_id"), taken.c.channel, taken.c.kind, taken.c.attempts, *_ALERTS.c)
        .join(_ALERTS, _ALERTS.c.id == taken.c.alert_id)
        .order_by(taken.c.id)
    )
    return tuple(_delivery(row._asdict()) for row in rows)


def record(ledger: Connection, outcomes: Iterable[Outcome], policy: AlertPolicy) -> None:
    """Write how each attempt ended; what failed waits longer each time, and is given up in the end."""
    for one in outcomes:
        known = _TABLE.c.id == one.delivery.id, _TABLE.c.state == "waiting"
        if one.error is None:
            at = clock.now()
            ledger.execute(update(_TABLE).where(*known).values(state="delivered", delivered_at=at, last_error=None))
            ledger.execute(update(_ALERTS).where(_ALERTS.c.id == one.delivery.notice.alert.id).values(notified_at=at))
            continue
        state = "given up" if one.delivery.attempts >= policy.attempts else "waiting"
        wait = literal(back_off(one.delivery.attempts, policy))
        values = {"state": state, "last_error": one.error, "next_attempt_at": clock.now() + wait}
        ledger.execute(update(_TABLE).where(*known).values(values))


def back_off(attempts: int, policy: AlertPolicy) -> timedelta:
    """Return how long to wait after so many failed attempts.

    >>> [back_off(attempts, AlertPolicy()).seconds for attempts in (1, 2, 3, 10)]
    [30, 60, 120, 1800]
    """
    doubled: timedelta = policy.retry_after * 2 ** (attempts - 1)
    return min(doubled, policy.retry_after_max)


def _values(notice: Notice) -> dict[str, Any]:
    return {
        "alert_id": notice.alert.id,
        "target": notice.alert.target,
        "channel": notice.channel,
        "kind": notice.kind,
        "state": "waiting",
    }


def _delivery(named: dict[str, Any]) -> Delivery:
    identity, channel, attempts = named.pop("delivery_id"), named.pop("channel"), named.pop("attempts")
    kind: Kind = named.pop("kind")
    return Delivery(identity, Notice(kind, channel, Alert(**named)), attempts)
