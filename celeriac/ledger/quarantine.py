"""What was measured not to help stays out for a growing while, and its reason is shown when it would come up again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Table, delete, select
from sqlalchemy.dialects import postgresql

from celeriac.ledger import clock
from celeriac.ledger.models.changes import Quarantine as _Row

_TABLE = cast("Table", _Row.__table__)
LIFTED_BY_FACTOR = 2.0
"""A table, a workload or a promise that has grown or shrunk this much since is another case."""
_CIRCUMSTANCES = ("table_rows", "calls_per_hour", "saving_ms_per_hour")


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A definition that is kept out, until when and why."""

    target: str
    identity: str
    until: datetime
    times: int
    reason: str
    change_id: int
    circumstances: dict[str, Any]

    @property
    def sentence(self) -> str:
        """The refusal, for people."""
        return f"in quarantine until {self.until:%Y-%m-%d %H:%M %Z} since change {self.change_id}: {self.reason}"


def put(
    ledger: Connection,
    *,
    target: str,
    identity: str,
    change_id: int,
    reason: str,
    promised: Mapping[str, Any],
    back_off: Sequence[timedelta],
) -> Quarantined:
    """Keep a definition out for the next step of `back_off`, the last step for ever after."""
    times = ledger.scalar(select(_TABLE.c.times).where(_key(target, identity))) or 0
    until = clock.later(back_off[min(times, len(back_off) - 1)])
    values = {
        "until": until,
        "times": times + 1,
        "reason": reason,
        "change_id": change_id,
        "circumstances": {key: promised[key] for key in _CIRCUMSTANCES if key in promised},
    }
    row = ledger.execute(
        postgresql.insert(_TABLE)
        .values(target=target, identity=identity, **values)
        .on_conflict_do_update(index_elements=[_TABLE.c.target, _TABLE.c.identity], set_=values)
        .returning(_TABLE)
    ).one()
    return Quarantined(**row._asdict())


def holding(ledger: Connection, target: str, identity: str, promised: Mapping[str, Any]) -> Quarantined | None:
    """Return the quarantine that forbids a definition now, None where there is none or circumstances have changed."""
    row = ledger.execute(select(_TABLE).where(_key(target, identity), _TABLE.c.until > clock.now())).one_or_none()
    if row is None:
        return None
    held = Quarantined(**row._asdict())
    return None if circumstances_changed(held.circumstances, promised) else held


def active(ledger: Connection, target: str) -> tuple[Quarantined, ...]:
    """Return everything that is kept out of a target now."""
    rows = ledger.execute(select(_TABLE).where(_TABLE.c.target == target, _TABLE.c.until > clock.now()))
    return tuple(Quarantined(**row._asdict()) for row in rows)


def lift(ledger: Connection, target: str, identity: str) -> bool:
    """Forget that a definition was kept out, a person knows better; tell whether it was."""
    return ledger.execute(delete(_TABLE).where(_key(target, identity))).rowcount > 0


def circumstances_changed(then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Tell whether rows or promise have changed by the factor that makes the old measurement void.

    >>> circumstances_changed({"table_rows": 1000}, {"table_rows": 2000})
    True
    >>> circumstances_changed({"table_rows": 1000}, {"table_rows": 1500})
    False
    """
    return any(
        _times_apart(float(then[key]), float(now[key])) >= LIFTED_BY_FACTOR for key in then if now.get(key) is not None
    )


def _times_apart(one: float, other: float) -> float:
    low, high = sorted((one, other))
    return high / low if low > 0 else 1.0


def _key(target: str, identity: str) -> Any:
    return (_TABLE.c.target == target) & (_TABLE.c.identity == identity)
