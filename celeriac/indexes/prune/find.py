"""Find the indexes that could go, each with what proves it, and say of those that look so why they stay.

One after the other, each judged by what would remain: of two indexes that could replace each other only one goes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from celeriac.indexes.prune.catalog import Found
from celeriac.indexes.prune.proof import Proof, Unproven, Unused

Why = Literal["invalid", "unused", "duplicate", "prefix"]


@dataclass(frozen=True, slots=True)
class Prunable:
    """An index that could go, and what proves it."""

    index: Found
    why: Why
    reason: str

    @property
    def sentence(self) -> str:
        """What it is and why, for people."""
        return f"{self.index.qualified} on {self.index.table_name}, {self.index.size_bytes:,} bytes: {self.reason}"


@dataclass(frozen=True, slots=True)
class Stays:
    """An index that looks as if it could go, and why it stays."""

    index: Found
    reason: str

    @property
    def sentence(self) -> str:
        """What it is and why it stays, for people."""
        return f"{self.index.qualified} stays: {self.reason}"


@dataclass(frozen=True, slots=True)
class Findings:
    """What could go, and what stays although it looks so."""

    prunable: tuple[Prunable, ...]
    stays: tuple[Stays, ...]


def find(indexes: Sequence[Found], proofs: Mapping[int, Proof]) -> Findings:
    """Judge every index: first what is invalid or unused, then what another covers of those that remain."""
    remaining = {one.oid: one for one in indexes}
    prunable: list[Prunable] = []
    stays: list[Stays] = []
    judged: set[int] = set()
    for judge in (_invalid, _unused, _covered):
        for index in sorted(remaining.values(), key=lambda one: -one.oid):  # of two that are alike, the older stays
            if index.oid in judged:
                continue
            verdict = judge(index, [one for one in remaining.values() if one.oid != index.oid], proofs)
            if isinstance(verdict, Prunable):
                prunable.append(verdict)
                del remaining[index.oid]
            elif verdict is not None:
                stays.append(verdict)
                judged.add(index.oid)
    return Findings(tuple(prunable), tuple(stays))


def _invalid(index: Found, _others: Sequence[Found], _proofs: Mapping[int, Proof]) -> Prunable | Stays | None:
    if index.valid:
        return None
    if index.at_work:
        return Stays(index, "it is invalid, but somebody works on its table now")
    return _unless_needed(index, "invalid", "it is invalid: no plan uses it and every write may pay for it")


def _unused(index: Found, others: Sequence[Found], proofs: Mapping[int, Proof]) -> Prunable | Stays | None:
    proof = proofs.get(index.oid)
    if isinstance(proof, Unproven) and index.scans == 0:
        return Stays(index, proof.reason) if needed(index) is None and not _is_covered(index, others) else None
    if not isinstance(proof, Unused):
        return None
    if alone_serves_foreign_key(index, others):
        return Stays(index, "it is the only index that serves a foreign key of its table")
    servers = "the server" if proof.servers == 1 else f"any of {proof.servers} servers"
    return _unless_needed(
        index,
        "unused",
        f"no scan on {servers} in {proof.over / timedelta(days=1):.0f} days, in which its table had "
        f"{proof.reads_per_day:,.0f} reads and {proof.writes_per_day:,.0f} writes a day",
    )


def _covered(index: Found, others: Sequence[Found], _proofs: Mapping[int, Proof]) -> Prunable | Stays | None:
    wider = next((one for one in others if covers(one, index)), None)
    if wider is None:
        return None
    if wider.keys == index.keys and wider.included == index.included:
        return _unless_needed(index, "duplicate", f"{wider.qualified} is the same index", silent=True)
    return _unless_needed(index, "prefix", f"{wider.qualified} begins with the same keys", silent=True)


def _is_covered(index: Found, others: Sequence[Found]) -> bool:
    return any(covers(one, index) for one in others)


def covers(wider: Found, index: Found) -> bool:
    """Tell whether every plan that uses `index` could use `wider`: the same rows, in the same order, from the start."""
    if (wider.schema_name, wider.table_name, wider.method, wider.predicate) != (
        index.schema_name, index.table_name, index.method, index.predicate,
    ):  # fmt: skip
        return False
    if (
        not wider.valid
        or wider.at_work
        or wider.is_part != index.is_part
        or wider.is_partitioned != index.is_partitioned
    ):
        return False
    if index.method != "btree":  # of others, options such as `pages_per_range` decide how much an index finds
        return wider.keys == index.keys and wider.options == index.options and index.included <= wider.included
    same_start = wider.keys[: len(index.keys)] == index.keys
    return same_start and index.included <= wider.included | frozenset(wider.columns)


def needed(index: Found) -> str | None:
    """Return what forbids to drop an index whatever its use, None where nothing does."""
    reasons = (
        (index.is_primary, "it is the primary key"),
        (index.is_exclusion, "it enforces an exclusion constraint"),
        (index.backs_constraint, "a constraint rests on it"),
        (index.is_unique, "it keeps rows unique"),
        (index.is_replica_identity, "replication identifies rows by it"),
        (index.is_clustered, "its table is clustered by it"),
        (index.of_extension, "it belongs to an extension"),
        (index.is_part, "it is a part of its partitioned table's index"),
        (index.is_partitioned, "it is on a partitioned table, whose drop locks every partition"),
    )
    return next((reason for holds, reason in reasons if holds), None)


def alone_serves_foreign_key(index: Found, others: Sequence[Found]) -> bool:
    """Tell whether look-ups by a foreign key of its table would find no index without this one."""
    alike = [one for one in others if (one.schema_name, one.table_name) == (index.schema_name, index.table_name)]
    return any(_serves(index, key) and not any(_serves(one, key) for one in alike) for key in index.foreign_keys)


def _unless_needed(index: Found, why: Why, reason: str, *, silent: bool = False) -> Prunable | Stays | None:
    forbidden = needed(index)
    if forbidden is None:
        return Prunable(index, why, reason)
    return None if silent and (index.is_primary or index.backs_constraint) else Stays(index, f"{forbidden} ({reason})")


def _serves(index: Found, key: frozenset[int]) -> bool:
    """Tell whether a lookup by the foreign key's columns finds its rows by this index, from its first key on."""
    return index.valid and not index.predicate and frozenset(index.columns[: len(key)]) == key
