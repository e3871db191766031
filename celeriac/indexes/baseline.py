"""What was measured while the table had the indexes that it has now, but for the change that is to be judged.

An index of ours that is there, or that we dropped, since makes what preceded it another table's history; one that came
and went leaves a gap, with the same table on both sides of it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from celeriac.ledger import changes
from celeriac.ledger.changes import Change
from celeriac.ledger.states import State
from celeriac.sql import load
from celeriac.statements import windows
from celeriac.statements.statement import Window, merge

_AS_BEFORE: frozenset[State] = frozenset({"reverted", "lost", "failed", "restored", "proposed", "rejected", "expired"})
"""Where a change that was begun ends, or waits, with the table as it was before."""

Stretch = tuple[datetime, datetime]


def read(ledger: Connection, change: Change, until: datetime, length: timedelta) -> Window | None:
    """Add up the windows of the `length` before `until` that compare with what the change leads to; None for none."""
    others = [
        other
        for other in changes.of_table(ledger, change.target, change.schema_name, change.table_name)
        if other.id != change.id and other.build_started_at is not None and other.build_started_at < until
    ]
    found = [
        windows.read(ledger, change.target, since=since, until=end, up_to_id=change.baseline_window_id)
        for since, end in comparable(until - length, until, others)
    ]
    present = [window for window in found if window is not None]
    return merge(present) if present else None


def table_pages(target: Connection, change: Change) -> int | None:
    """Return how large the change's table is now, in blocks; None where it is gone."""
    values = {"schema": change.schema_name, "table": change.table_name}
    pages: int | None = target.execute(load(__file__, "table_pages"), values).scalar()
    return pages


def comparable(since: datetime, until: datetime, others: Iterable[Change]) -> Iterator[Stretch]:
    """Yield the stretches in which none of the other indexes came, went, or was there without being there now."""
    gone: list[Stretch] = []
    for other in others:
        assert other.build_started_at is not None
        if other.state in _AS_BEFORE:
            gone.append((other.build_started_at, other.state_since))
        elif other.settled_at is None or other.state == "restoring":
            return  # it is coming: nothing measured so far compares with what will be
        else:
            since = max(since, other.settled_at)
    for start, end in sorted(gone):
        if since < start:
            yield since, min(start, until)
        since = max(since, end)
        if since >= until:
            return
    if since < until:
        yield since, until
