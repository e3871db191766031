"""What counts as a regression, each threshold with its reason; `config` composes them from the environment."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RegressionPolicy:
    """How windows are compared with what is usual, and what of it is worth a person's time."""

    window: timedelta = timedelta(minutes=5)
    """One judgement of a statement; several captures long, so that its mean rests on more than a few calls."""
    recent_hours: int = 24
    """Taken as usual until the same hour of earlier weeks is known."""
    weeks: int = 4
    """So many earlier weeks are asked for the same hour of the week and its neighbours."""
    min_weeks: int = 3
    """Of these must be known; two cannot tell the usual one from the odd one."""
    min_hours: int = 8
    """Fewer say nothing of how much a statement varies."""
    min_calls: int = 20
    """In a window; what runs more rarely is judged by the hour."""
    max_statements: int = 300
    """Judged of a window, by total time: the others together hold less than `min_share` each."""
    min_ratio: float = 1.5
    """Less is not worth a person's time, however certain it is."""
    min_share: float = 0.01
    """Of the window's load, which the statement must have added."""
    min_ms_per_hour: float = 5_000.0
    """What it must have added at least; on an idle database a share is nothing."""
    twice_sigmas: float = 2.5
    """Two windows in a row beyond it: noise that goes on for two windows is rare."""
    once_sigmas: float = 6.0
    """One window beyond it: execution times have heavy tails."""
    witnessed_sigmas: float = 2.0
    """Where blocks or rows per call have moved too: they depend on no load."""
    traffic_sigmas: float = 4.5
    """Two windows of calls in a row beyond it."""
    traffic_ratio: float = 3.0
    """Of calls, the common rise of all statements taken out; calls come in bursts."""
    load_ratio: float = 2.0
    """Of the times of all statements together, which is one finding instead of hundreds."""
    new_share: float = 0.05
    """Of the load, from which on a statement that was never seen before is told."""
    resolve_ratio: float = 1.25
    """Two windows below it end a regression: between it and `min_ratio` it neither opens nor ends."""
    accept_after: timedelta = timedelta(days=7)
    """A regression that nobody has mended by then is what is usual now."""
    gone_after: timedelta = timedelta(days=1)
    """One that has not been seen for so long has ended."""
    keep_hours: timedelta = timedelta(days=365)
    """Hours of each statement: 200 statements take 400 MB a year."""
    keep: timedelta = timedelta(days=365)
    """Regressions that have ended."""
