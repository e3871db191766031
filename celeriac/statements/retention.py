"""Forget what was captured long ago, so that the ledger stays small."""

from dataclasses import dataclass

from sqlalchemy import Connection

from celeriac.sql import load
from celeriac.statements.policy import StatementPolicy


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows went; the statements of a window go with it."""

    windows: int
    statements: int


def prune(ledger: Connection, target: str, policy: StatementPolicy) -> Pruned:
    """Delete the windows, and the texts that only they used, that are older than the policy keeps."""
    bounds = {"target": target, "keep": policy.keep}
    return Pruned(
        windows=ledger.execute(load(__file__, "prune_windows"), bounds).rowcount,
        statements=ledger.execute(
            load(__file__, "prune_statements"), {**bounds, "max_texts": policy.max_texts}
        ).rowcount,
    )
