"""Which column a name means, by the rules of SQL: the sources of this level, then those of the levels around it."""

from dataclasses import dataclass, field

from celeriac.statements.catalog.tables import Table
from celeriac.statements.parsing.draft import Output
from celeriac.statements.parsing.expressions import names
from celeriac.statements.parsing.grammar import Node

COMPUTED = Output((), pushable=False)
"""A value that is no column of any table."""
_SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})


@dataclass(slots=True)
class Source:
    """One entry of a FROM clause."""

    alias: str
    outputs: dict[str, Output] | None
    """Columns by name; None where they are not known: functions, tables outside the catalog."""
    schema: str | None = None

    def find(self, name: str) -> Output | None:
        """Return what the name means here, or None."""
        if self.outputs is None:
            return None
        found = self.outputs.get(name)
        return COMPUTED if found is None and name in _SYSTEM_COLUMNS else found


@dataclass(slots=True)
class Cte:
    """A WITH query that was read already."""

    outputs: dict[str, Output] | None


@dataclass(slots=True)
class Scope:
    """The names that can be seen from one query level."""

    level: int
    parent: "Scope | None" = None
    sources: list[Source] = field(default_factory=list)
    merged: dict[str, Output] = field(default_factory=dict)
    """Columns that USING or NATURAL made one of two."""
    ctes: dict[str, Cte] = field(default_factory=dict)
    preserved: frozenset[int] = frozenset()
    """Relations whose rows an outer join keeps whatever its ON clause says; set while that clause is read."""

    def cte(self, name: str) -> Cte | None:
        """Return the WITH query of that name which is nearest."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.ctes:
                return scope.ctes[name]
            scope = scope.parent
        return None

    def resolve(self, column: Node) -> list[Output]:
        """Return what the body of a ColumnRef means: one output, all of a `*` or a whole row, or none if unknown."""
        parts = names(column["fields"])
        if "A_Star" in column["fields"][-1]:
            return self.star(parts)
        scope: Scope | None = self
        while scope is not None:
            found = scope.here(parts)
            if found is not None:
                return found
            scope = scope.parent
        return []

    def here(self, parts: list[str]) -> list[Output] | None:
        """Return what a name means on this very level; None where it means nothing."""
        if len(parts) == 1:
            return self._unqualified(parts[0])
        return next(
            ([source.find(parts[-1]) or COMPUTED] for source in self.sources if _named(source, parts[:-1])), None
        ) or self._composite(parts)

    def _composite(self, parts: list[str]) -> list[Output] | None:
        """Read (alias.column).field written without its brackets as the column."""
        found = self._unqualified(parts[0]) if len(parts) == 2 else None
        return found if found and len(found) == 1 else None

    def _unqualified(self, name: str) -> list[Output] | None:
        if name in self.merged:
            return [self.merged[name]]
        for source in self.sources:
            found = source.find(name)
            if found is not None:
                return [found]
        whole = next((source for source in self.sources if source.alias == name), None)
        return _all(whole) if whole is not None else None

    def star(self, parts: list[str]) -> list[Output]:
        """Return every column that `*` or `alias.*` stands for."""
        chosen = [source for source in self.sources if not parts or _named(source, parts)]
        if not chosen and parts and self.parent is not None:
            return self.parent.star(parts)
        return [output for source in chosen for output in _all(source)]

    def named_star(self, column: Node) -> dict[str, Output] | None:
        """Return the names and outputs of a `*`; None where a source does not tell its columns."""
        parts = names(column["fields"])
        chosen = [source for source in self.sources if not parts or _named(source, parts)]
        if not chosen and parts and self.parent is not None:
            return self.parent.named_star(column)
        found: dict[str, Output] = {}
        for source in chosen:
            if source.outputs is None:
                return None
            found.update({name: output for name, output in source.outputs.items() if name not in found})
        return found


def table_source(table: Table, relation: int, alias: str, renamed: list[str]) -> Source:
    """Return the source of a table's appearance, its first columns renamed by the alias's list."""
    columns = table.columns
    visible = [*renamed, *(column.name for column in columns[len(renamed) :])]
    outputs = {name: Output(((relation, column.name),)) for name, column in zip(visible, columns, strict=False)}
    return Source(alias, outputs, table.schema)


def renamed_outputs(outputs: dict[str, Output] | None, names_: list[str]) -> dict[str, Output] | None:
    """Rename the first outputs by an alias's column list."""
    if outputs is None or not names_:
        return outputs
    visible = [*names_, *list(outputs)[len(names_) :]]
    return dict(zip(visible, outputs.values(), strict=False))


def _named(source: Source, parts: list[str]) -> bool:
    return source.alias == parts[-1] and (len(parts) == 1 or source.schema in (None, parts[-2]))


def _all(source: Source) -> list[Output]:
    return list((source.outputs or {}).values())
