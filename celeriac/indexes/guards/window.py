"""Changes at quiet hours only, by the database's clock and time zone."""

from datetime import time

from celeriac.indexes.guards.context import Context
from celeriac.indexes.outcome import Clear, Outcome, Refused
from celeriac.sql import load


def check(context: Context) -> Outcome:
    """Refuse outside the allowed hours."""
    if context.policy.window is None:
        return Clear()
    now: time = context.target.execute(load(__file__, "window")).scalar_one()
    return decide(now, context.policy.window)


def decide(now: time, window: tuple[str, str] | None) -> Outcome:
    """Refuse outside `window`, which may pass midnight.

    >>> decide(time(23, 30), ("22:00", "05:00")), decide(time(4, 59), ("22:00", "05:00"))
    (Clear(), Clear())
    """
    if window is None:
        return Clear()
    start, end = (time.fromisoformat(edge) for edge in window)
    inside = start <= now < end if start <= end else now >= start or now < end
    if inside:
        return Clear()
    return Refused("window", f"it is {now:%H:%M} at the database; changes are allowed from {window[0]} to {window[1]}")
