"""Read a FROM clause: tables, views, sub-queries, WITH queries, functions and the joins between them."""

from typing import Any, Protocol

from celeriac.statements.parsed import NotUnderstood
from celeriac.statements.parsing import grammar
from celeriac.statements.parsing.draft import Draft, Output
from celeriac.statements.parsing.expressions import names
from celeriac.statements.parsing.grammar import Node
from celeriac.statements.parsing.operands import Operand, Reader
from celeriac.statements.parsing.predicates import compare, read_predicate
from celeriac.statements.parsing.scope import Scope, Source, renamed_outputs, table_source

Outputs = dict[str, Output] | None

_MAX_VIEW_DEPTH = 16


class Queries(Protocol):
    """What FROM clauses and writing statements need of the reader of whole queries."""

    draft: Draft

    def derived(self, tree: Node, around: Scope, *, inlined: bool) -> Outputs:
        """Read a query in FROM or WITH and return its columns by name."""

    def expression_query(self, draft: Draft, node: Node, around: Scope, only_rows: bool) -> list[Output]:
        """Read a query that stands in an expression and return its columns."""

    def targets(self, reader: Reader, items: list[Node]) -> Outputs:
        """Read a select list, or that of RETURNING."""


class FromClause:
    """Adds the sources of a FROM clause to a scope, and records what its joins ask for."""

    def __init__(self, queries: Queries, scope: Scope) -> None:
        self.draft = queries.draft
        self.scope = scope
        self.queries = queries
        self.reader = Reader(queries.draft, scope, queries.expression_query)

    def add(self, items: list[Node]) -> None:
        """Add the items of a FROM clause in their order, so that LATERAL sees what stands before it."""
        for item in items:
            self._add(item)

    def _add(self, item: Node) -> list[Source]:
        ((name, body),) = item.items()
        if name == "JoinExpr":
            return self._join(body)
        source = self._source(name, body)
        self.scope.sources.append(source)
        return [source]

    def _source(self, name: str, body: Node) -> Source:
        if name == "RangeVar":
            return self._relation(body)
        if name == "RangeSubselect":
            return self._subselect(body)
        if name == "RangeTableSample":
            for arg in body.get("args", ()):
                self.reader.mention(arg)
            return self._source(*next(iter(body["relation"].items())))
        self.reader.mention({name: body})
        return Source(_alias(body) or _function_name(body), None)

    def _relation(self, body: Node) -> Source:
        schema, name = body.get("schemaname"), body["relname"]
        alias, renamed = _alias(body) or name, _renamed(body)
        cte = self.scope.cte(name) if schema is None else None
        if cte is not None:
            return Source(alias, renamed_outputs(cte.outputs, renamed))
        view = self.draft.catalog.find_view(schema, name)
        if view is not None:
            return Source(alias, renamed_outputs(self._view(view), renamed), schema)
        table = self.draft.catalog.find(schema, name)
        if table is None:
            return Source(alias, None, schema)
        relation = self.draft.add_relation(table, alias, self.scope.level)
        return table_source(table, relation, alias, renamed)

    def _view(self, definition: str) -> Outputs:
        """Read a view's definition in place of its name; its own names see nothing of the statement around it."""
        parsed = grammar.read(definition)
        if isinstance(parsed, NotUnderstood) or self.draft.view_depth >= _MAX_VIEW_DEPTH:
            return None
        self.draft.view_depth += 1
        try:
            return self.queries.derived(parsed.tree, Scope(self.scope.level), inlined=True)
        finally:
            self.draft.view_depth -= 1

    def _subselect(self, body: Node) -> Source:
        around = self.scope if body.get("lateral") else Scope(self.scope.level, self.scope.parent, ctes=self.scope.ctes)
        outputs = self.queries.derived(body["subquery"]["SelectStmt"], around, inlined=True)
        return Source(_alias(body) or "", renamed_outputs(outputs, _renamed(body)))

    def _join(self, body: Node) -> list[Source]:
        left = self._add(body["larg"])
        right = self._add(body["rarg"])
        kind = body.get("jointype", "JOIN_INNER")
        shared = names(body.get("usingClause", ()))
        if body.get("isNatural"):
            shared = [name for name in _columns_of(left) if name in _columns_of(right)]
        for name in shared:
            self._merge(name, left, right)
        self._on(body.get("quals"), kind, left, right)
        alias = body.get("alias", {}).get("aliasname")
        return [*left, *right] if alias is None else [self._renamed_join(alias, left, right)]

    def _merge(self, name: str, left: list[Source], right: list[Source]) -> None:
        one, other = self.scope.merged.get(name) or _find(left, name), _find(right, name)
        if one is None or other is None:
            return
        sides = [
            Operand("column" if side.origins and side.pushable else "mixed", side.origins, (side,))
            for side in (one, other)
        ]
        compare(self.reader, sides[0], "=", sides[1], conjunct=True)
        self.scope.merged[name] = Output((*one.origins, *other.origins), one.pushable and other.pushable)

    def _on(self, condition: Node | None, kind: str, left: list[Source], right: list[Source]) -> None:
        kept = {"JOIN_LEFT": left, "JOIN_RIGHT": right, "JOIN_FULL": [*left, *right]}.get(kind, [])
        self.scope.preserved = frozenset(
            relation for source in kept for output in (source.outputs or {}).values() for relation, _ in output.origins
        )
        read_predicate(self.reader, condition)
        self.scope.preserved = frozenset()

    def _renamed_join(self, alias: str, left: list[Source], right: list[Source]) -> Source:
        """Hide the sides of a join that has a name of its own behind that name."""
        sides = [*left, *right]
        self.scope.sources = [source for source in self.scope.sources if source not in sides]
        outputs = {name: output for source in sides for name, output in (source.outputs or {}).items()}
        source = Source(alias, None if any(side.outputs is None for side in sides) else outputs)
        self.scope.sources.append(source)
        return source


def _alias(body: Node) -> str | None:
    alias: str | None = body.get("alias", {}).get("aliasname")
    return alias


def _renamed(body: Node) -> list[str]:
    return names(body.get("alias", {}).get("colnames", ()))


def _function_name(body: Any) -> str:
    call = next((node["FuncCall"] for node in grammar.walk(body) if "FuncCall" in node), None)
    return names(call["funcname"])[-1] if call is not None else ""


def _columns_of(sources: list[Source]) -> dict[str, Output]:
    return {name: output for source in sources for name, output in (source.outputs or {}).items()}


def _find(sources: list[Source], name: str) -> Output | None:
    return next((found for source in sources if (found := source.find(name)) is not None), None)
