"""The thresholds of measuring statements, each with its reason; `config` composes them from the environment."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class StatementPolicy:
    """What is stored of each window, what counts as slow, and how long it is kept."""

    max_statements: int = 1_000
    """Stored of a window, by total time; the rest still counts in `Window.other`."""
    max_texts: int = 50_000
    """Kept in all, by when they last ran: an application may invent a new text in each call."""
    max_text_chars: int = 100_000
    """A longer text is a bulk load, which no index helps; it counts in `Window.other`."""
    slow_top: int = 10
    """So many by each ranking."""
    slow_over: timedelta = timedelta(hours=1)
    """The stretch of time over which the published ranking is taken."""
    slow_min_mean_ms: float = 20.0
    """Slow by mean time from here on (as PgHero); on an idle database the ten slowest are not slow."""
    slow_min_share: float = 0.01
    """Of the load's time, blocks or I/O time; below a hundredth nothing is won by looking at it."""
    keep: timedelta = timedelta(days=7)
    """A verification looks back four days at most; a window each minute with 300 statements is 60 MB a day."""
