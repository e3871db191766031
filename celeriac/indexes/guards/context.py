"""What a guard may look at."""

from dataclasses import dataclass

from sqlalchemy import Connection

from celeriac.indexes.policy import GuardPolicy, Mode, VerifyPolicy
from celeriac.ledger.changes import Change


@dataclass(frozen=True, slots=True)
class Context:
    """A change about to be made, or being made, with the two databases and the thresholds."""

    target: Connection
    """On the database that is to be changed; autocommit, so that no snapshot of ours is held."""
    ledger: Connection
    change: Change
    policy: GuardPolicy
    mode: Mode
    """As configured; the ledger may hold a more careful one."""
    verify: VerifyPolicy
    """What verification will ask for."""
    own_pid: int | None = None
    """The backend that runs our DDL, which is not a fault to be found."""

    @property
    def expected_bytes(self) -> int:
        """What the index is expected to take."""
        return self.change.size_bytes_estimated or 0
