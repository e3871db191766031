"""Write a rebuild into the ledger: the same approval, guards and audit trail as a build."""

from hashlib import blake2b

from sqlalchemy import Connection

from celeriac.indexes import ddl, definitions
from celeriac.indexes.policy import LoopPolicy
from celeriac.indexes.reindex.bloat import Bloat
from celeriac.ledger import changes
from celeriac.ledger.changes import Change, NotProposed, Proposal


def propose(
    target_connection: Connection, ledger: Connection, target: str, bloat: Bloat, *, actor: str, policy: LoopPolicy
) -> Change | NotProposed:
    """Propose to rebuild one index; asked again while it is open, it is the same change."""
    table, index = bloat.table, bloat.index
    definition = definitions.read(target_connection, index.oid)
    proposal = Proposal(
        target=target,
        kind="rebuild",
        schema_name=table.schema,
        table_name=table.name,
        table_oid=table.oid,
        identity=_identity(table.schema, index.name, index.oid),
        definition=definitions.as_json(definition),
        ddl=statement(table.schema, index.name),
        origin="maintenance",
        reason=bloat.sentence,
        promised={
            "index": index.name,
            "index_oid": index.oid,
            "size_bytes": index.size_bytes,
            "wasted_bytes": bloat.wasted_bytes,
            "measured": bloat.measured,
        },
        size_bytes_estimated=bloat.fresh_bytes,
    )
    return changes.propose(ledger, proposal, actor=actor, lasts=policy.proposed_expires)


def statement(schema: str, name: str) -> str:
    """Write the REINDEX of one index."""
    return f"REINDEX INDEX CONCURRENTLY {ddl.qualified(schema, name)}"


def _identity(schema: str, name: str, oid: int) -> str:
    # A rebuilt index is another relation: bloated again, it may be rebuilt again.
    return blake2b(f"rebuild {oid} {ddl.qualified(schema, name)}".encode(), digest_size=8).hexdigest()
