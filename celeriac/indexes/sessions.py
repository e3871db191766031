"""What a change is told, and the lock that keeps every other maker out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from celeriac.indexes.policy import BuildPolicy, GuardPolicy, LoopPolicy, Mode, VerifyPolicy
from celeriac.locks import try_advisory_lock


@dataclass(frozen=True, slots=True)
class Policies:
    """Everything the loop is told: thresholds, and the configured mode of the target."""

    guard: GuardPolicy
    build: BuildPolicy
    verify: VerifyPolicy
    loop: LoopPolicy

    @property
    def mode(self) -> Mode:
        """The configured mode; the ledger may hold a more careful one."""
        return self.loop.mode


@contextmanager
def sole_maker(ddl: Connection, target: str, schema: str, table: str) -> Iterator[bool]:
    """Hold the target's and the table's lock on the session that runs the DDL; False where another session has one.

    The server frees both when the session ends, however it ends: a free lock means that no builder is alive.
    """
    with try_advisory_lock(ddl, "ddl", target) as first:
        if not first:
            yield False
            return
        with try_advisory_lock(ddl, "ddl", target, schema, table) as second:
            yield second
