"""What stands on one side of a comparison: a column, an expression over one table, or a value known beforehand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from celeriac.statements.parsing import expressions
from celeriac.statements.parsing.draft import Draft, Origin, Output
from celeriac.statements.parsing.expressions import Named
from celeriac.statements.parsing.grammar import Node
from celeriac.statements.parsing.scope import Scope

Subquery = Callable[[Draft, Node, Scope, bool], list[Output]]
"""Reads a sub-query standing in an expression; True where only its rows count (EXISTS). Returns its columns."""


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a comparison."""

    kind: Literal["column", "expression", "value", "mixed"]
    origins: tuple[Origin, ...] = ()
    """The columns that the side is (several through UNION or USING), or (relation, SQL) of the expression."""
    outputs: tuple[Output, ...] = ()
    """Everything that is read to compute it."""
    parameter: int | None = None
    """The n where the side is $n, casts aside."""
    parameters: tuple[int, ...] = ()
    """Every $n within a value."""
    constant: str | None = None

    @property
    def relations(self) -> frozenset[int]:
        """Return the relations that it reads."""
        return frozenset(relation for output in self.outputs for relation, _ in output.origins)


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading an expression needs: the draft, the names in sight, and the way into sub-queries."""

    draft: Draft
    scope: Scope
    subquery: Subquery

    def operand(self, node: Node) -> Operand:
        """Classify one side; its sub-queries are read by this, its columns are left to the caller to record."""
        ((name, body),) = node.items()
        if name == "ParamRef":
            number = body.get("number", 0)
            return Operand("value", parameter=number, parameters=(number,))
        if name == "A_Const":
            return Operand("value", constant=expressions.literal(node))
        if name == "ColumnRef":
            return self._column(self.scope.resolve(body))
        if name == "TypeCast":
            return self._cast(node, body)
        return self._general(node)

    def mention(self, node: Node | None) -> None:
        """Read an expression that is no predicate: its columns are returned, its sub-queries read."""
        if node is not None:
            self.draft.returned(self.operand(node).outputs)

    def _cast(self, node: Node, body: Node) -> Operand:
        inner = self.operand(body["arg"]) if next(iter(body["arg"])) in ("ParamRef", "ColumnRef", "TypeCast") else None
        if inner is not None and inner.parameter is not None:
            return inner
        if expressions.is_constant(node):
            return Operand("value", constant=expressions.literal(node))
        to_text = inner is not None and inner.kind == "column" and expressions.type_sql(body["typeName"]) == "text"
        if inner is not None and to_text and all(self._is_text(origin) for origin in inner.origins):
            return inner
        return self._general(node)

    def _is_text(self, origin: Origin) -> bool:
        column = self.draft.relations[origin[0]].table.column(origin[1])
        return column is not None and expressions.is_text(column.type)

    def _column(self, outputs: list[Output]) -> Operand:
        if len(outputs) == 1 and outputs[0].origins and outputs[0].pushable:
            return Operand("column", outputs[0].origins, tuple(outputs))
        return Operand("mixed", outputs=tuple(outputs))

    def _general(self, node: Node) -> Operand:
        columns: list[Node] = []
        parameters: list[int] = []
        indexable = self._gather(node, columns, parameters)
        resolved = [self.scope.resolve(column) for column in columns]
        if not columns:
            return Operand("value", parameters=tuple(parameters))
        found = [output for several in resolved for output in several]
        if indexable and not parameters:
            expression = self._expression(node, columns, resolved)
            if expression is not None:
                return Operand("expression", (expression,), tuple(found))
        return Operand("mixed", outputs=tuple(found), parameters=tuple(parameters))

    def _gather(self, node: Node, columns: list[Node], parameters: list[int]) -> bool:
        """Collect columns and parameters, read sub-queries; False where something in it can never be indexed."""
        indexable = True
        stack: list[object] = [node]
        while stack:
            item = stack.pop()
            if isinstance(item, list):
                stack.extend(reversed(item))
            elif isinstance(item, dict):
                for name, body in item.items():
                    if name == "ColumnRef":
                        columns.append(body)
                    elif name == "ParamRef":
                        parameters.append(body.get("number", 0))
                    elif name == "SubLink":
                        indexable = False
                        stack.extend([body["testexpr"]] if "testexpr" in body else [])
                        exists = body.get("subLinkType") == "EXISTS_SUBLINK"
                        self.subquery(self.draft, body["subselect"], self.scope, exists)
                    else:
                        indexable = indexable and self._may_be_indexed(name, body)
                        if isinstance(body, dict | list):
                            stack.append(body)
        return indexable

    def _may_be_indexed(self, name: str, body: object) -> bool:
        if name == "FuncCall" and isinstance(body, dict):
            function, catalog = expressions.names(body["funcname"])[-1], self.draft.catalog
            call = f"{function}/{len(body.get('args', ()))}"
            return function not in catalog.unindexable_functions and call not in catalog.changing_calls
        return name not in ("SQLValueFunction", "GroupingFunc", "CurrentOfExpr")

    def _expression(self, node: Node, columns: list[Node], resolved: list[list[Output]]) -> Origin | None:
        """Return (relation, SQL) where every column is one of the same table."""
        named: dict[int, Named] = {}
        relations: set[int] = set()
        for column, outputs in zip(columns, resolved, strict=True):
            if len(outputs) != 1 or len(outputs[0].origins) != 1 or not outputs[0].pushable:
                return None
            origin = outputs[0].origins[0]
            relations.add(origin[0])
            named[id(column)] = origin[1], self._is_text(origin)
        if len(relations) != 1:
            return None
        sql = expressions.write(node, lambda body: named.get(id(body)))
        return (relations.pop(), sql) if sql is not None else None
