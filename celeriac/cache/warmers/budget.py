"""What is left to spend in one run."""

import time
from dataclasses import dataclass

from sqlalchemy import Connection

from celeriac import sql
from celeriac.cache.warmers.policy import WarmPolicy


@dataclass(slots=True)
class Budget:
    """Seconds, bytes, the database's time and messages; spent as the run goes on."""

    ends_s: float
    bytes: int
    database_s: float
    messages: int
    max_active_sessions: int

    @classmethod
    def of(cls, policy: WarmPolicy) -> "Budget":
        """Return the whole budget of a run that begins now."""
        ends_s = time.monotonic() + policy.budget_s
        return cls(ends_s, policy.budget_bytes, policy.budget_database_s, policy.max_sent, policy.max_active_sessions)

    def spent(self) -> str | None:
        """Return what has run out."""
        if time.monotonic() >= self.ends_s:
            return "the budget of seconds is spent"
        if self.database_s <= 0:
            return "the budget of the database's time is spent"
        return "the budget of bytes is spent" if self.bytes <= 0 else None

    def held_up(self, connection: Connection) -> str | None:
        """Return what has run out, or that the database has enough to do without us."""
        if (spent := self.spent()) is not None:
            return spent
        active: int = connection.execute(sql.load(__file__, "active")).scalar_one()
        if active > self.max_active_sessions:
            return f"the database is busy: {active} sessions are at work"
        return None
