"""Write a drop into the ledger: what was found surplus, with its proof and the exact DDL that brings it back.

An index that makes another needless must have been there all along or, where it is ours, have been measured and kept:
a wider one is built and judged before the narrower one it covers goes.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

from sqlalchemy import Connection

from celeriac.indexes import ddl, definitions
from celeriac.indexes.catalog_state import hash_definition
from celeriac.indexes.drop import former
from celeriac.indexes.drop.former import Former
from celeriac.indexes.policy import LoopPolicy
from celeriac.indexes.prune.catalog import Found
from celeriac.indexes.prune.find import Prunable, Why, covers, needed
from celeriac.ledger import changes, usage
from celeriac.ledger.changes import Change, NotProposed, Proposal

REPLACED = "replaced"
"""Why a narrower index goes after the wider one that was advised in its place."""
Missed = Mapping[int, str]
"""By oid: why the planner would miss an index that looks surplus."""


def propose_all(
    target_connection: Connection,
    ledger: Connection,
    target: str,
    indexes: Sequence[Found],
    prunable: Iterable[Prunable],
    missed: Missed,
    *,
    actor: str,
    policy: LoopPolicy,
) -> tuple[tuple[Change, ...], tuple[tuple[str, str], ...]]:
    """Propose to drop what could go; returns the changes, and (index, reason) of what was not proposed."""
    kept = _kept(ledger, target)
    proposed: list[Change] = []
    refused: list[tuple[str, str]] = []
    for one in prunable:
        reason = missed.get(one.index.oid) or _waits_for(one.why, one.index, indexes, kept)
        if reason is None:
            after = _after(one.why, one.index, indexes, kept)
            outcome = _propose(
                target_connection, ledger, target, one.index, one.why, one.reason, after, actor=actor, policy=policy
            )
            if isinstance(outcome, Change):
                proposed.append(outcome)
                continue
            reason = outcome.reason
        refused.append((one.index.qualified, reason))
    return tuple(proposed), tuple(refused)


def replaceable(ledger: Connection, target: str, indexes: Iterable[Found]) -> tuple[tuple[Prunable, int], ...]:
    """Return what kept indexes were advised in place of and do cover, each with the change that covers it."""
    by_name = {(one.schema_name, one.name): one for one in indexes}
    found = []
    for change in _kept(ledger, target).values():
        wider = by_name.get((change.schema_name, change.index_name or ""))
        for name in change.promised.get("replaces", ()):
            narrow = by_name.get((change.schema_name, name))
            if wider is None or narrow is None or needed(narrow) is not None or not covers(wider, narrow):
                continue
            reason = f"{wider.qualified} begins with the same keys and was measured to help (change {change.id})"
            found.append((Prunable(narrow, "prefix", reason), change.id))
    return tuple(found)


def follow_up(
    target_connection: Connection,
    ledger: Connection,
    target: str,
    replaced: Iterable[tuple[Prunable, int]],
    missed: Missed,
    *,
    actor: str,
    policy: LoopPolicy,
) -> tuple[Change, ...]:
    """Propose to drop what kept indexes have taken the place of, but for what the planner would miss."""
    outcomes = [
        _propose(target_connection, ledger, target, one.index, REPLACED, one.reason, after, actor=actor, policy=policy)
        for one, after in replaced
        if one.index.oid not in missed
    ]
    return tuple(outcome for outcome in outcomes if isinstance(outcome, Change))


def waits(ledger: Connection, target: str) -> bool:
    """Tell whether a kept index has taken others' place that may still be there."""
    return any(change.promised.get("replaces") for change in _kept(ledger, target).values())


def covering(index: Found, indexes: Iterable[Found]) -> tuple[Found, ...]:
    """Return the indexes that serve whatever an index serves."""
    return tuple(one for one in indexes if one.oid != index.oid and covers(one, index))


def _kept(ledger: Connection, target: str) -> dict[tuple[str, str], Change]:
    return {
        (change.schema_name, change.index_name or ""): change
        for change in changes.in_states(ledger, target, "kept")
        if change.kind == "build"
    }


def _waits_for(why: str, index: Found, indexes: Sequence[Found], kept: Mapping[tuple[str, str], Change]) -> str | None:
    """Return why an index cannot go yet: what covers it is ours and has not been judged."""
    if why == "invalid" and ddl.owner_of(index.name) is not None:
        return "it is a rest of ours: reconcile clears it away"
    if why not in ("prefix", "duplicate"):
        return None
    over = covering(index, indexes)
    if any(_stands(one, kept) for one in over):
        return None
    return f"{over[0].qualified} is to take its place and has not been kept yet" if over else "nothing covers it"


def _after(why: str, index: Found, indexes: Sequence[Found], kept: Mapping[tuple[str, str], Change]) -> int | None:
    if why not in ("prefix", "duplicate"):
        return None
    found = next(one for one in covering(index, indexes) if _stands(one, kept))
    change = kept.get((found.schema_name, found.name))
    return None if change is None else change.id


def _stands(index: Found, kept: Mapping[tuple[str, str], Change]) -> bool:
    return ddl.owner_of(index.name) is None or (index.schema_name, index.name) in kept


def _propose(
    target_connection: Connection,
    ledger: Connection,
    target: str,
    index: Found,
    why: Why | str,
    reason: str,
    after: int | None,
    *,
    actor: str,
    policy: LoopPolicy,
) -> Change | NotProposed:
    identity = _identity(index)
    refused = _rejected(ledger, target, index, identity)
    if refused is not None:
        return NotProposed(f"change {refused.id} was rejected by a person")
    was = former.read(target_connection, index.oid, index.name)
    if was is None:
        return NotProposed(f"{index.qualified} is gone already")
    return changes.propose(
        ledger,
        Proposal(
            target=target,
            kind="drop",
            schema_name=index.schema_name,
            table_name=index.table_name,
            table_oid=index.table_oid,
            identity=identity,
            definition=definitions.as_json(definitions.read(target_connection, index.oid)),
            ddl=ddl.drop(index.schema_name, index.name),
            origin="replace" if why == REPLACED else "prune",
            reason=reason,
            promised=_promised(ledger, target, index, why, after, was),
            size_bytes_estimated=index.size_bytes,
            index_name=index.name,
        ),
        actor=actor,
        lasts=policy.proposed_expires,
    )


def _rejected(ledger: Connection, target: str, index: Found, identity: str) -> Change | None:
    """Return the refusal of the same drop: what a person wants to keep is not asked for again."""
    known = changes.of_table(ledger, target, index.schema_name, index.table_name)
    return next((one for one in known if one.identity == identity and one.state == "rejected"), None)


def _promised(
    ledger: Connection, target: str, index: Found, why: str, after: int | None, was: Former
) -> dict[str, object]:
    seen = usage.history(ledger, target).get(index.oid, ())
    latest = {one.reading.server: one.reading.scans for one in seen}  # oldest first: the last one stays
    return {
        "why": why,
        "definition_hash": hash_definition(index.ddl),
        "index": index.name,
        "index_oid": index.oid,
        "size_bytes": index.size_bytes,
        "scans": latest,
        "table_use": [index.table_reads, index.table_writes],
        "after_change_id": after,
        "former": was.as_json(),
    }


def _identity(index: Found) -> str:
    # Without the oid: an index that was brought back is another relation, and the same that is not to be dropped again.
    words = f"drop {ddl.qualified(index.schema_name, index.name)} {hash_definition(index.ddl)}"
    return blake2b(words.encode(), digest_size=8).hexdigest()
