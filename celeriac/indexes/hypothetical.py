"""Indexes that exist in one session's memory alone, by HypoPG: made in batches, kept as long as they are of use.

https://hypopg.readthedocs.io
"""

from collections.abc import Collection, Iterable

import psycopg2

from celeriac.indexes import ddl
from celeriac.indexes.index import IndexDefinition
from celeriac.indexes.session import PlanningSession, sentence

SIMULATED_METHODS = ("btree", "brin")
"""HypoPG also offers hash and bloom, which we never propose; GIN and GiST it refuses."""

MAX_HYPOTHETICAL = 1_500
"""HypoPG runs out of object ids at about 2,500 a session, fewer where the catalog holds more."""

_SEPARATOR = "\x1f"

TableName = tuple[str, str]


class HypotheticalIndexes:
    """The hypothetical indexes of one session, by definition.

    `impossible` remembers which definitions the server refuses, and why: an expression that is not immutable, say.
    """

    def __init__(self, session: PlanningSession) -> None:
        self.impossible: dict[IndexDefinition, str] = {}
        self._session = session
        self._oids: dict[IndexDefinition, int] = {}
        self._definitions: dict[int, IndexDefinition] = {}
        self._by_table: dict[TableName, set[IndexDefinition]] = {}

    def offer(self, offered: Iterable[IndexDefinition], tables: Collection[TableName]) -> None:
        """Make exactly these indexes exist on these tables; what stands on other tables does not matter and stays."""
        wanted = {definition for definition in offered if definition.method in SIMULATED_METHODS}
        wanted.difference_update(self.impossible)
        surplus = {definition for table in tables for definition in self._by_table.get(table, ())} - wanted
        missing = {definition for definition in wanted if definition not in self._oids}
        if len(self._oids) - len(surplus) + len(missing) > MAX_HYPOTHETICAL:
            surplus, missing = set(self._oids), wanted
        withdrawn = self._forget(surplus)
        if missing:
            self._create(sorted(missing, key=ddl.create)[:MAX_HYPOTHETICAL], withdrawn)
        elif withdrawn:
            self._session.rows(
                "withdraw",
                "SELECT hypopg_drop_index(o) FROM unnest(string_to_array(%s, ',')::oid[]) AS o",
                _join(withdrawn),
            )

    def named(self, oid: int) -> IndexDefinition | None:
        """Return the definition that the session knows by this object id."""
        return self._definitions.get(oid)

    def sizes_bytes(self, definitions: Collection[IndexDefinition]) -> dict[IndexDefinition, int]:
        """Return HypoPG's size estimates, for those that it can simulate."""
        sizes: dict[IndexDefinition, int] = {}
        wanted = sorted(definitions, key=ddl.create)
        for start in range(0, len(wanted), MAX_HYPOTHETICAL):
            batch = wanted[start : start + MAX_HYPOTHETICAL]
            self.offer(batch, {(definition.schema, definition.table) for definition in batch})
            oids = [self._oids[definition] for definition in batch if definition in self._oids]
            rows = self._session.rows(
                "size",
                "SELECT o, hypopg_relation_size(o) FROM unnest(string_to_array(%s, ',')::oid[]) AS o",
                _join(oids),
            )
            sizes.update({self._definitions[oid]: size for oid, size in rows})
        return sizes

    def clear(self) -> None:
        """Forget all of them."""
        self._session.rows("reset", "SELECT hypopg_reset()")
        self._oids.clear()
        self._definitions.clear()
        self._by_table.clear()

    def _forget(self, surplus: set[IndexDefinition]) -> list[int]:
        """Take these off our list, and return what the session is still to withdraw."""
        if surplus and len(surplus) == len(self._oids):
            self.clear()
            return []
        withdrawn = [self._oids.pop(definition) for definition in surplus]
        for oid in withdrawn:
            definition = self._definitions.pop(oid)
            self._by_table[definition.schema, definition.table].discard(definition)
        return withdrawn

    def _create(self, missing: list[IndexDefinition], withdrawn: Collection[int] = ()) -> None:
        """Create a batch in one round trip; where one of it fails, halve it until the culprit is known."""
        try:
            self._create_batch(missing, withdrawn)
        except psycopg2.Error as failure:
            kept = list(self._oids)
            self.clear()  # Those before the failing one were created, under ids that nobody told us.
            if len(missing) == 1:
                self.impossible[missing[0]] = sentence(failure)
                missing = []
            middle = len(missing) // 2
            for part in (kept, missing[:middle], missing[middle:]):
                if part:
                    self._create(part)

    def _create_batch(self, missing: list[IndexDefinition], withdrawn: Collection[int]) -> None:
        # One string, not an array of any length: pg_stat_statements keeps one entry for all batches.
        rows = self._session.rows(
            "offer",
            "WITH gone AS MATERIALIZED (SELECT count(hypopg_drop_index(o)) AS n "
            "FROM unnest(string_to_array(%s, ',')::oid[]) AS o) "
            "SELECT i.indexrelid FROM gone, unnest(string_to_array(%s, %s)) WITH ORDINALITY AS d (ddl, n), "
            "LATERAL hypopg_create_index(d.ddl) AS i WHERE gone.n >= 0 ORDER BY d.n",
            _join(withdrawn),
            _SEPARATOR.join(ddl.create(definition, concurrently=False) for definition in missing),
            _SEPARATOR,
        )
        for definition, (oid,) in zip(missing, rows, strict=True):
            self._oids[definition] = oid
            self._definitions[oid] = definition
            self._by_table.setdefault((definition.schema, definition.table), set()).add(definition)


def _join(oids: Iterable[int]) -> str:
    return ",".join(map(str, oids))
