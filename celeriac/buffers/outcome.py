"""What warming came to: a report, or a value that says why there is none."""

from dataclasses import dataclass

from celeriac.buffers.first_query import FirstQueries


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The server lacks what a feature stands on; `cure` is what the operator can do about it."""

    feature: str
    reason: str
    cure: str

    def __str__(self) -> str:
        return f"{self.feature} is off: {self.reason}; {self.cure}"


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was done, for this reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A relation that was left alone, for this reason."""

    schema: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class WarmReport:
    """What was read into shared buffers."""

    blocks: int
    bytes: int
    seconds: float
    skipped: tuple[Skipped, ...] = ()
    stopped: str | None = None
    """Why it ended before everything was read."""
    first_queries: FirstQueries | None = None
    """What a reader waited for before and after; none where no table may be read."""
