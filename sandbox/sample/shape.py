"""The noun of the traffic: one statement shape with its share of the calls and how its values are drawn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

DOMAINS = 7
"""Mail domains in the sample's addresses."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How far the numbers of the rows reach, as read before the traffic begins."""

    users: int
    jobs: int
    artifacts: int
    sessions: int


@dataclass(frozen=True, slots=True)
class Draw:
    """Draws the values of one call, reproducibly: a generator seeded by the call's number, and the table sizes."""

    random: Random
    extent: Extent
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def user(self) -> int:
        """Draw a user as skewed as the rows are."""
        return 1 + int(self.extent.users * self.random.random() ** 2.2)

    def job(self) -> int:
        """Draw any job."""
        return self.random.randint(1, self.extent.jobs)

    def recent_job(self) -> int:
        """Draw one of the newest two per cent of jobs."""
        return self.random.randint(self.extent.jobs - self.extent.jobs // 50, self.extent.jobs)

    def artifact(self) -> int:
        """Draw any artifact."""
        return self.random.randint(1, self.extent.artifacts)

    def active_session(self) -> int:
        """Draw a session that is alive: every thirty-third fell silent long ago."""
        session = self.random.randint(1, self.extent.sessions)
        return session if session % 33 else session - 1

    def before(self, **ago: float) -> datetime:
        """Return an instant some time ago, as a service would compute it."""
        return self.now - timedelta(**ago)


@dataclass(frozen=True, slots=True)
class Shape:
    """One statement as the API sends it."""

    name: str
    share: int
    """Calls among every deck of the mix."""
    statement: str
    values: Callable[[Draw], Mapping[str, Any]]
    writes: bool = False
