"""What indexes might serve a statement: one pure generator a module, in the order they run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from celeriac.indexes.candidates import (
    brin,
    containment,
    covering,
    equality_range,
    expression,
    extending,
    foreign_keys,
    grouping,
    joins,
    ordering,
    pairs,
    partial,
    prefix,
    text_search,
    trigram,
)
from celeriac.indexes.candidates.redundancy import covered_by_existing, follows_unique
from celeriac.indexes.candidates.scope import Candidate, Scope
from celeriac.indexes.index import IndexDefinition
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.parsed import ParsedStatement

GENERATORS: tuple[Callable[[Scope], Iterator[Candidate]], ...] = (
    equality_range.suggest,
    ordering.suggest,
    joins.suggest,
    grouping.suggest,
    partial.suggest,
    expression.suggest,
    prefix.suggest,
    trigram.suggest,
    containment.suggest,
    text_search.suggest,
    brin.suggest,
    foreign_keys.suggest,
    extending.suggest,
    pairs.suggest,
    covering.suggest,
)


@dataclass(frozen=True, slots=True)
class Generated:
    """The candidates of one statement, and what was refused, as (what, why)."""

    candidates: tuple[Candidate, ...]
    refused: tuple[tuple[str, str], ...]


def generate(
    statement: ParsedStatement,
    catalog: Catalog,
    policy: AdvisorPolicy,
    extensions: frozenset[str] = frozenset(),
) -> Generated:
    """Run every generator over every relation of a statement; each definition once, by its first proposer.

    No copy or leading part of an existing index comes through, and no index on a small table.
    """
    found: dict[IndexDefinition, Candidate] = {}
    refused: dict[tuple[str, str], None] = {}
    for relation in statement.relations:
        table = catalog.tables.get((relation.schema, relation.table))
        if table is None or not relation.uses:
            continue
        if table.rows < policy.min_table_rows:
            refused[table.name, f"small table: {table.rows:.0f} rows, an index would change nothing"] = None
            continue
        scope = Scope(statement, relation, table, catalog, policy, extensions)
        for candidate in (candidate for suggest in GENERATORS for candidate in suggest(scope)):
            owner = catalog.tables[candidate.definition.schema, candidate.definition.table]
            if covered_by_existing(candidate.definition, owner) is None and not follows_unique(
                candidate.definition, owner
            ):
                found.setdefault(candidate.definition, candidate)
    return Generated(tuple(found.values()), tuple(refused))
