"""The one place that writes index DDL and quotes identifiers.

https://www.postgresql.org/docs/current/sql-createindex.html
"""

import re
from hashlib import blake2b

from celeriac.indexes.index import IndexDefinition, KeyPart

MARK = "celeriac"
"""Begins the name of every index of ours: the one sign of ownership that exists from the first instant of a build."""

PART = rf"^{MARK}_[0-9]+__"
"""As a pattern: the name of a part of ours on one partition. No other name of ours has two underscores there."""

_OURS = re.compile(rf"\A{MARK}_(\d+)_")
_MAX_NAME_BYTES = 63


def quote(identifier: str) -> str:
    """Quote an identifier, always: never guessing which words the server reserves.

    >>> quote('we"ird')
    '"we""ird"'
    """
    if "\0" in identifier:
        raise ValueError("an identifier cannot hold a zero byte")
    return '"' + identifier.replace('"', '""') + '"'


def qualified(schema: str, name: str) -> str:
    """Quote a name with its schema.

    >>> qualified("public", "jobs")
    '"public"."jobs"'
    """
    return f"{quote(schema)}.{quote(name)}"


def index_name(change_id: int, definition: IndexDefinition) -> str:
    """Name an index after its ledger row, so that whoever finds it finds the row; at most 63 bytes.

    >>> index_name(7, IndexDefinition("public", "jobs", (KeyPart("status"),)))
    'celeriac_7_jobs_status'
    """
    words = "_".join((definition.table, *(part.name for part in definition.key)))
    return _named(f"{MARK}_{change_id}_", words)


def part_name(change_id: int, partition_oid: int, partition: str) -> str:
    """Name the part of an index on one partition, by the partition's oid: names may be cut alike, oids are not.

    >>> part_name(7, 16412, "jobs_2025")
    'celeriac_7__16412_jobs_2025'
    """
    return _named(f"{MARK}_{change_id}__{partition_oid}_", partition)


def mark_of(change_id: int) -> str:
    """Return the pattern of every name that one change gives."""
    return rf"^{MARK}_{change_id}_"


def owner_of(name: str) -> int | None:
    """Return the ledger id that an index name carries, None where the index is not ours.

    >>> owner_of("celeriac_7_jobs_status"), owner_of("jobs_pkey")
    (7, None)
    """
    match = _OURS.match(name)
    return int(match.group(1)) if match else None


def create(
    definition: IndexDefinition, name: str | None = None, *, concurrently: bool = True, only: bool = False
) -> str:
    """Write CREATE INDEX for a definition; without a name the server chooses one.

    `only` leaves the partitions of a partitioned table out: such an index holds nothing and is invalid.
    Never IF NOT EXISTS: over an invalid index of that name it would build nothing and report success.
    """
    words = ["CREATE INDEX"]
    if concurrently:
        words.append("CONCURRENTLY")
    if name is not None:
        words.append(quote(name))
    words.append(f"ON {'ONLY ' if only else ''}{qualified(definition.schema, definition.table)}")
    words.append(f"USING {definition.method} ({', '.join(key_part(part) for part in definition.key)})")
    if definition.include:
        words.append(f"INCLUDE ({', '.join(quote(column) for column in definition.include)})")
    if definition.where is not None:
        words.append(f"WHERE {definition.where}")
    return " ".join(words)


def drop(schema: str, name: str, *, concurrently: bool = True, if_exists: bool = False) -> str:
    """Write DROP INDEX for one index."""
    words = f"{'CONCURRENTLY ' if concurrently else ''}{'IF EXISTS ' if if_exists else ''}"
    return f"DROP INDEX {words}{qualified(schema, name)}"


def identity(definition: IndexDefinition) -> str:
    """Key a definition by what it is, whatever its name; 16 hexadecimal digits."""
    return blake2b(create(definition, concurrently=False).encode(), digest_size=8).hexdigest()


def _named(start: str, words: str) -> str:
    # Of a name in another script nothing may be left; the mark needs something behind it.
    readable = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_") or "index"
    return f"{start}{readable}"[:_MAX_NAME_BYTES].rstrip("_")


def key_part(part: KeyPart) -> str:
    """Write one part of a key.

    >>> key_part(KeyPart("at", descending=True))
    '"at" DESC'
    """
    words = [f"({part.name})" if part.is_expression else quote(part.name)]
    if part.opclass is not None:
        words.append(part.opclass)
    if part.descending:
        words.append("DESC")
    if part.nulls_first is not None:
        words.append("NULLS FIRST" if part.nulls_first else "NULLS LAST")
    return " ".join(words)
