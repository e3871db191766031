"""What has been found so far while a statement is being read: relations, their uses, levels and parameters."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from celeriac.statements.catalog.tables import Catalog, Table
from celeriac.statements.parsed import ColumnUse, ParameterUse, RelationUse

Origin = tuple[int, str]
"""A relation of the statement and one of its columns."""


class Output(NamedTuple):
    """What a name stands for: columns of tables (several through UNION or USING), or none for a computed value."""

    origins: tuple[Origin, ...] = ()
    pushable: bool = True
    """False where a predicate outside cannot reach the table: through LIMIT, window functions, recursion."""


@dataclass(slots=True)
class RelationDraft:
    """A relation and the uses found so far."""

    table: Table
    alias: str
    level: int
    uses: dict[ColumnUse, None] = field(default_factory=dict)
    returned: dict[str, None] = field(default_factory=dict)
    written: Literal["insert", "update", "delete"] | None = None
    updated: dict[str, None] = field(default_factory=dict)


class Draft:
    """Collects what one statement does; every method takes a fact that the readers have found."""

    def __init__(self, catalog: Catalog, mentions: Counter[str]) -> None:
        self.catalog = catalog
        self.mentions = mentions
        """How often each bare relation name stands in a FROM clause: a CTE named once is inlined."""
        self.relations: list[RelationDraft] = []
        self.limited: dict[int, None] = {}
        self.view_depth = 0
        self._levels = 0
        self._parameters: dict[int, ParameterUse] = {}

    def new_level(self) -> int:
        """Open a query level."""
        self._levels += 1
        return self._levels - 1

    def add_relation(self, table: Table, alias: str, level: int) -> int:
        """Add an appearance of a table and return its place."""
        self.relations.append(RelationDraft(table, alias, level))
        return len(self.relations) - 1

    def level_of(self, origin: Origin) -> int:
        """Return the query level that an origin's relation stands in."""
        return self.relations[origin[0]].level

    def use(self, relation: int, use: ColumnUse) -> None:
        """Record a use; the same one twice counts once."""
        self.relations[relation].uses.setdefault(use)

    def returned(self, outputs: Iterable[Output]) -> None:
        """Record that the values of these columns are needed."""
        for output in outputs:
            for relation, column in output.origins:
                self.relations[relation].returned.setdefault(column)

    def parameter(self, use: ParameterUse) -> None:
        """Record where a parameter stands; a direct comparison tells most and wins."""
        known = self._parameters.get(use.number)
        if known is None or _rank(use) > _rank(known):
            self._parameters[use.number] = use

    def finished_relations(self) -> tuple[RelationUse, ...]:
        """Return the relations with all their uses."""
        self._spread_equalities()
        return tuple(_finished(relation) for relation in self.relations)

    def finished_parameters(self) -> tuple[ParameterUse, ...]:
        """Return where the parameters stand, in the order of their numbers."""
        return tuple(use for _, use in sorted(self._parameters.items()))

    def _spread_equalities(self) -> None:
        """Add b.y = $1 where a.x = b.y and a.x = $1: the planner knows it, and an index on b.y serves it."""
        group: dict[Origin, Origin] = {}
        bound: dict[Origin, None] = {}  # not the rows that an outer join keeps: no ON clause filters them

        def root(origin: Origin) -> Origin:
            while (above := group.setdefault(origin, origin)) != origin:
                group[origin] = group[above]
                origin = above
            return origin

        for place, relation in enumerate(self.relations):
            for use in relation.uses:
                if (
                    use.clause == "join"
                    and use.conjunct
                    and use.partner
                    and use.operator == "="
                    and not use.is_expression
                ):
                    group[root((place, use.column))] = root(use.partner)
                    bound.setdefault((place, use.column))
        known: dict[Origin, list[ColumnUse]] = {}
        for place, relation in enumerate(self.relations):
            for use in relation.uses:
                if use.clause == "equality" and use.conjunct and (place, use.column) in group:
                    known.setdefault(root((place, use.column)), []).append(use)
        for origin in bound:
            owner, column = origin
            present = {u.column for u in self.relations[owner].uses if u.clause == "equality" and u.conjunct}
            if column not in present:
                for use in known.get(root(origin), ())[:1]:
                    self.use(owner, replace(use, column=column))


def _rank(use: ParameterUse) -> int:
    return (use.place != "other") + (use.place != "compared" or use.direct) + (use.relation is not None)


def _finished(draft: RelationDraft) -> RelationUse:
    returned = (ColumnUse(column, "returned") for column in draft.returned)
    return RelationUse(
        schema=draft.table.schema,
        table=draft.table.name,
        alias=draft.alias,
        level=draft.level,
        uses=(*draft.uses, *returned),
        written=draft.written,
        updated_columns=tuple(draft.updated),
    )
