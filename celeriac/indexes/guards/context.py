"""What a guard may look at."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from celeriac.indexes import ddl
from celeriac.indexes.policy import GuardPolicy, Mode, VerifyPolicy
from celeriac.indexes.sessions import Policies
from celeriac.ledger.changes import Change
from celeriac.supervision.outcome import Outcome
from celeriac.supervision.sessions import Sessions


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

    paused: bool = False
    """By the configuration; the ledger may hold a pause as well."""
    drop_foreign: bool = False
    """The mode auto may drop what Celeriac did not make."""

    @property
    def expected_bytes(self) -> int:
        """What the index is expected to take."""
        return 0 if self.change.kind == "drop" else self.change.size_bytes_estimated or 0

    @property
    def drops_foreign(self) -> bool:
        """Tell whether an index is to be dropped that Celeriac did not make."""
        return self.change.kind == "drop" and ddl.owner_of(self.change.index_name or "") is None


def ask(
    guards: Callable[[Context], Outcome],
    sessions: Sessions,
    change: Change,
    policies: Policies,
    own_pid: int | None = None,
) -> Outcome:
    """Ask guards about a change that the session for DDL makes, or is to make, by what holds at this moment."""
    own_pid = own_pid or sessions.backend_pid()
    with sessions.ledger() as ledger:
        return guards(of(sessions.watch, ledger, change, policies, own_pid))


def of(
    target: Connection, ledger: Connection, change: Change, policies: Policies, own_pid: int | None = None
) -> Context:
    """Return what the guards look at for one change."""
    loop = policies.loop
    return Context(
        target, ledger, change, policies.guard, loop.mode, policies.verify, own_pid, loop.paused, loop.drop_foreign
    )
