"""At the moment of the drop: is the index still the one that was found surplus, and is it still surplus?

A proposal may be days old: since then somebody may have used the index, made it enforce something, dropped the one that
covered it, or built another under its name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from celeriac.indexes import ddl, definitions, rehearse
from celeriac.indexes.catalog_state import hash_definition
from celeriac.indexes.drop.propose import REPLACED, covering
from celeriac.indexes.prune import PRIMARY, catalog
from celeriac.indexes.prune.catalog import Found
from celeriac.indexes.prune.find import alone_serves_foreign_key, needed
from celeriac.indexes.rehearse import NotBuildable
from celeriac.ledger import changes, usage
from celeriac.ledger.changes import Change
from celeriac.sql import load
from celeriac.supervision.outcome import Clear, Refused


@dataclass(frozen=True, slots=True)
class Gone:
    """Somebody dropped the index, or its table."""


@dataclass(frozen=True, slots=True)
class NoLonger:
    """The index is not surplus any more, or must not be dropped, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What the decision rests on."""

    index: Found
    others: tuple[Found, ...]
    """Of the same table."""
    scans: Mapping[str, int]
    """By server, now."""
    planned: int
    """Scans of our own EXPLAINs since the proposal."""
    kept: frozenset[str]
    """Names of our indexes on the table that were measured and kept."""


Rechecked = Clear | Refused | Gone | NoLonger


def recheck(
    target: Connection, ledger: Connection, change: Change, replicas: Mapping[str, Connection] | None = None
) -> Rechecked:
    """Look again at everything that allowed the drop; `replicas` are asked for the index's use there."""
    may = rehearse.may_build(target, definitions.of(change))  # what could not be brought back must not go
    here = tuple(one for one in catalog.read(target) if one.table_oid == change.table_oid)
    index = next((one for one in here if one.oid == change.promised["index_oid"]), None)
    if index is None:
        return Gone()
    if isinstance(may, NotBuildable):
        return NoLonger(may.reason)
    scans = {PRIMARY: index.scans} | {name: _scans(one, index.oid) for name, one in (replicas or {}).items()}
    kept = frozenset(
        one.index_name or "" for one in changes.in_states(ledger, change.target, "kept") if one.table == change.table
    )
    planned = usage.planning(ledger, change.target, since=change.created_at).get(index.oid, 0)
    return decide(change, Seen(index, tuple(one for one in here if one is not index), scans, planned, kept))


def decide(change: Change, seen: Seen) -> Rechecked:
    """Judge what was seen against what was proposed."""
    index = seen.index
    named = (index.schema_name, index.name) == (change.schema_name, change.index_name)
    if not named or hash_definition(index.ddl) != change.promised["definition_hash"]:
        return NoLonger(f"{index.qualified} is not the index any more that was found surplus")
    forbidden = needed(index)
    if forbidden is not None:
        return NoLonger(forbidden)
    if index.at_work:
        return Refused("at work", f"somebody works on {index.table_name} now")
    return _JUDGES[change.promised["why"]](change, seen)


def _still_invalid(_change: Change, seen: Seen) -> Rechecked:
    return NoLonger("it is valid now") if seen.index.valid else Clear()


def _still_unused(change: Change, seen: Seen) -> Rechecked:
    if alone_serves_foreign_key(seen.index, seen.others):
        return NoLonger("it is the only index that serves a foreign key of its table")
    then: Mapping[str, int] = change.promised["scans"]
    absent = sorted(then.keys() - seen.scans.keys())
    if absent:
        return Refused("replicas", f"whether {absent[0]} has used it since cannot be seen")
    # Of the table too: after a crash the server counts from nothing, and an index without scans shows no difference.
    use = zip(change.promised.get("table_use", ()), (seen.index.table_reads, seen.index.table_writes), strict=False)
    shrunk = any(now < before for before, now in use)
    if shrunk or any(now < then.get(server, 0) for server, now in seen.scans.items()):
        return NoLonger("the counters were reset since it was found unused")
    if sum(seen.scans.values()) - sum(then.get(server, 0) for server in seen.scans) > seen.planned:
        return NoLonger("it was used since it was found unused")
    return Clear()


def _still_covered(_change: Change, seen: Seen) -> Rechecked:
    over = covering(seen.index, seen.others)
    if any(ddl.owner_of(one.name) is None or one.name in seen.kept for one in over):
        return Clear()
    return NoLonger("no index that stays covers it any more")


_JUDGES: Mapping[str, Callable[[Change, Seen], Rechecked]] = {
    "invalid": _still_invalid,
    "unused": _still_unused,
    "duplicate": _still_covered,
    "prefix": _still_covered,
    REPLACED: _still_covered,
}


def _scans(replica: Connection, oid: int) -> int:
    return int(replica.execute(load(__file__, "scans"), {"oid": oid}).scalar_one())
