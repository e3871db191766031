"""A foreign key without an index: each delete of a parent row, or update of its key, reads the whole child table.

https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
"""

from collections.abc import Iterator

from celeriac.indexes.candidates.scope import Candidate, Scope
from celeriac.indexes.index import IndexDefinition, KeyPart


def suggest(scope: Scope) -> Iterator[Candidate]:
    """Propose, for a statement that deletes parents, an index on each child's referencing columns."""
    if scope.relation.written != "delete":
        return
    parents = {f"{scope.table.schema}.{scope.table.name}", scope.table.name}
    for child in scope.catalog.tables.values():
        for columns, parent in child.foreign_keys:
            if parent.replace('"', "") in parents and child.rows >= scope.policy.min_table_rows:
                definition = IndexDefinition(child.schema, child.name, tuple(KeyPart(name) for name in columns))
                why = f"children found by {', '.join(columns)} when rows of {scope.table.name} are deleted"
                yield Candidate(definition, "foreign_keys", why)
