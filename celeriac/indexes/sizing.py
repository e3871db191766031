"""The bytes that count against the budget: as built, by our model and a sample of the table, or HypoPG's."""

from collections.abc import Collection
from functools import partial

from celeriac.indexes.candidates.partial import rows_share
from celeriac.indexes.index import IndexDefinition
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.sample import combinations
from celeriac.indexes.sizes import estimate_bytes
from celeriac.indexes.what_if import WhatIf
from celeriac.statements.catalog.tables import Catalog, Table

_CERTAIN = 0.8
"""Of an estimate: what surely will not be undercut."""


class Sizing:
    """Sizes of indexes that do not exist."""

    def __init__(self, what_if: WhatIf, catalog: Catalog, policy: AdvisorPolicy) -> None:
        self._what_if = what_if
        self._catalog = catalog
        self._by_hypopg = policy.size_model == "hypopg" and what_if.hypothetical

    def at_least(self, definition: IndexDefinition) -> float:
        """Bound a size from below without asking the server."""
        table = self._table(definition)
        share = rows_share(definition, table)
        size = estimate_bytes(
            definition, table, block_size=self._catalog.block_size, rows_share=share, deduplicated=not self._by_hypopg
        )
        return size * _CERTAIN

    def of(self, pool: Collection[IndexDefinition]) -> dict[IndexDefinition, int]:
        """Return the size of every member of a pool."""
        counted = {} if self._by_hypopg else combinations(self._what_if.session, pool, self._catalog)
        sizes = {}
        for definition in pool:
            table = self._table(definition)
            known = counted.get(definition)
            sizes[definition] = estimate_bytes(
                definition,
                table,
                block_size=self._catalog.block_size,
                rows_share=rows_share(definition, table),
                joint_distinct=None if known is None else partial(_known, known),
            )
        if self._by_hypopg:
            sizes |= self._what_if.indexes.sizes_bytes([d for d in pool if d.method == "btree"])
        return sizes

    def _table(self, definition: IndexDefinition) -> Table:
        return self._catalog.tables[definition.schema, definition.table]


def _known(count: float, _columns: tuple[str, ...]) -> float:
    return count
