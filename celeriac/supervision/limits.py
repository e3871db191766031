"""What else goes on that a change has to wait for: the hour, sessions at work, replicas that lag.

Each returns the objection as a sentence with what was seen and the limit, None where there is none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Replica:
    """A standby and how far behind its replay is."""

    name: str
    lag_s: float
    """0 where it has not said."""
    lag_bytes: int


def closed(now: time, window: tuple[str, str] | None) -> str | None:
    """Object outside the allowed hours, which may pass midnight; `now` is the database's clock.

    >>> closed(time(23, 30), ("22:00", "05:00")), closed(time(4, 59), ("22:00", "05:00"))
    (None, None)
    """
    if window is None:
        return None
    start, end = (time.fromisoformat(edge) for edge in window)
    if start <= now < end if start <= end else now >= start or now < end:
        return None
    return f"it is {now:%H:%M} at the database; changes are allowed from {start:%H:%M} to {end:%H:%M}"


def overloaded(active: int, cores: int, most_per_core: float) -> str | None:
    """Object to more sessions at work, ours apart, than the server's processors bear."""
    if active <= most_per_core * cores:
        return None
    return f"{active} sessions are at work on {cores} cores; the limit is {most_per_core:g} a core"


def lagging(replicas: Iterable[Replica], most_s: float, most_bytes: int) -> str | None:
    """Object while a replica lags, naming the one that is furthest behind."""
    for replica in sorted(replicas, key=lambda one: (-one.lag_s, -one.lag_bytes)):
        if replica.lag_s > most_s:
            return f"replica {replica.name} is {replica.lag_s:.0f} s behind; the limit is {most_s:.0f} s"
        if replica.lag_bytes > most_bytes:
            left = f"{replica.lag_bytes / _MIB:.0f} MiB left to replay"
            return f"replica {replica.name} has {left}; the limit is {most_bytes / _MIB:.0f} MiB"
    return None
