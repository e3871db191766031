"""Which change came just before a regression: of our own in the ledger, or of anybody's in the catalog; pure.

After is not because of: the sentence says what came before, and how long.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from celeriac.ledger.changes import Change

LOOK_BACK = timedelta(hours=6)
"""An older event would have told in the windows since."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a table and may have changed a plan."""

    at: datetime
    what: str
    """`index jobs_status_idx was built`."""
    change_id: int | None = None


def of_change(change: Change) -> Iterable[Event]:
    """Yield what a change of ours did to its table, and when."""
    name = change.index_name or "an index"
    if change.build_started_at is not None and change.kind != "drop" and change.built_at is not None:
        verb = "rebuilt" if change.kind == "rebuild" else "built"
        yield Event(change.built_at, f"change {change.id} had {verb} {name} on {change.table}", change.id)
    if change.state in ("reverted", "reverting", "lost", "dropped", "dropping", "drop_verifying"):
        yield Event(change.state_since, f"change {change.id} had taken {name} off {change.table}", change.id)


def suspect(events: Iterable[Event], began: datetime, slack: timedelta) -> Event | None:
    """Return the last event before a regression began, which is known to within `slack`; ours before others'."""
    near = [one for one in events if began - LOOK_BACK <= one.at <= began + slack]
    return max(near, key=lambda one: (one.change_id is not None, one.at), default=None)


def told(event: Event, began: datetime) -> str:
    """Say what came before.

    >>> from datetime import UTC, datetime
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> told(Event(noon, "index a was dropped"), noon + timedelta(minutes=7))
    '7 minutes before, index a was dropped'
    """
    minutes = round((began - event.at).total_seconds() / 60)
    if minutes <= 0:
        return f"in the same minutes, {event.what}"
    return f"{minutes} minute{'' if minutes == 1 else 's'} before, {event.what}"
