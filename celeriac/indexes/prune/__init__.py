"""Say which indexes could go, with proof; deciding is pure, and nothing here drops anything (`indexes.drop` does)."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from celeriac.indexes.policy import PrunePolicy
from celeriac.indexes.prune import proof
from celeriac.indexes.prune.catalog import Found, read
from celeriac.indexes.prune.find import Findings, Prunable, Stays, covers, find
from celeriac.ledger import clock, usage

__all__ = ["Findings", "Found", "Prunable", "Stays", "covers", "examine", "find", "observe", "read", "servers"]

PRIMARY = "primary"


def servers(replicas: Sequence[Connection]) -> dict[str, Connection]:
    """Name the replicas as the kept history does."""
    return {f"replica {number}": connection for number, connection in enumerate(replicas, 1)}


def observe(
    ledger: Connection, target: str, primary: Connection, replicas: Mapping[str, Connection], policy: PrunePolicy
) -> tuple[Found, ...]:
    """Keep the counters of every index on every server, and return the indexes as the primary shows them."""
    found = read(primary)
    readings = [one.reading(PRIMARY) for one in found]
    for server, connection in replicas.items():
        readings += [one.reading(server) for one in read(connection)]
    usage.record(ledger, target, readings, keep=policy.business_cycle * (policy.cycles + 1))
    return found


def examine(
    ledger: Connection, target: str, indexes: Sequence[Found], replicas: Sequence[str], policy: PrunePolicy
) -> Findings:
    """Judge the indexes by what was kept of their use."""
    now = clock.instant(ledger)
    seen = usage.history(ledger, target)
    planned = usage.planning(ledger, target, since=proof.begins(now, policy))
    proofs = {
        one.oid: proof.prove(
            seen.get(one.oid, ()),
            servers=(PRIMARY, *replicas),
            planned=planned.get(one.oid, 0),
            now=now,
            policy=policy,
        )
        for one in indexes
    }
    return find(indexes, proofs)
