"""Read whole queries, level by level: SELECT with all its clauses, set operations, WITH, and the four that write."""

from celeriac.statements.parsing.draft import Draft, Output
from celeriac.statements.parsing.expressions import names
from celeriac.statements.parsing.grammar import Node, walk
from celeriac.statements.parsing.operands import Reader
from celeriac.statements.parsing.predicates import read_predicate
from celeriac.statements.parsing.scope import COMPUTED, Cte, Scope, renamed_outputs
from celeriac.statements.parsing.sorting import read_distinct, read_extreme, read_group, read_limit, read_order
from celeriac.statements.parsing.sources import FromClause, Outputs
from celeriac.statements.parsing.writes import WRITERS


class QueryReader:
    """Reads one statement's queries into a draft."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    def derived(self, tree: Node, around: Scope, *, inlined: bool) -> Outputs:
        """Read a query in FROM or WITH; a plain one, which the planner merges, shares the level around it."""
        level = (
            around.level
            if inlined and is_plain(tree, self.draft.catalog.unindexable_functions)
            else self.draft.new_level()
        )
        return self.select(tree, Scope(level, around))

    def select(self, tree: Node, scope: Scope, *, only_rows: bool = False) -> Outputs:
        """Read a SELECT, VALUES or set operation in the scope opened for it and return its columns by name."""
        self.read_with(tree.get("withClause"), scope)
        if tree.get("op", "SETOP_NONE") != "SETOP_NONE":
            return self._set_operation(tree, scope)
        reader = Reader(self.draft, scope, self.expression_query)
        if "valuesLists" in tree:
            return _values(reader, tree["valuesLists"])
        FromClause(self, scope).add(tree.get("fromClause", []))
        read_predicate(reader, tree.get("whereClause"))
        outputs = {} if only_rows else self.targets(reader, tree.get("targetList", []))
        read_group(reader, tree)
        read_predicate(reader, tree.get("havingClause"))
        read_distinct(reader, tree, outputs)
        read_order(reader, tree, outputs)
        read_extreme(reader, tree)
        read_limit(reader, tree)
        for window in tree.get("windowClause", ()):
            reader.mention(window)
        return _unreachable(outputs) if _is_cut(tree) else outputs

    def targets(self, reader: Reader, items: list[Node]) -> Outputs:
        """Read a select list; its columns are returned."""
        outputs: dict[str, Output] = {}
        known = True
        for item in items:
            body = item["ResTarget"]
            value = body["val"]
            column = value.get("ColumnRef")
            if column is not None and "A_Star" in column["fields"][-1]:
                star = reader.scope.named_star(column)
                self.draft.returned(reader.scope.resolve(column))
                known = known and star is not None
                outputs.update(star or {})
                continue
            side = reader.operand(value)
            self.draft.returned(side.outputs)
            name = body.get("name") or _name_of(value)
            if name in outputs:
                name = f"{name} {len(outputs)}"  # keeps the places of a select list; nothing can refer to it
            outputs[name] = side.outputs[0] if side.kind == "column" else COMPUTED
        return outputs if known else None

    def read_with(self, clause: Node | None, scope: Scope) -> None:
        """Read the WITH queries in their order."""
        for item in (clause or {}).get("ctes", ()):
            body = item["CommonTableExpr"]
            ((kind, query),) = body["ctequery"].items()
            renamed = names(body.get("aliascolnames", ()))
            if kind != "SelectStmt":
                self._writing_cte(kind, query, body["ctename"], scope)
            elif (clause or {}).get("recursive") and _refers_to(query, body["ctename"]):
                self._recursive(query, body["ctename"], renamed, scope)
            else:
                scope.ctes[body["ctename"]] = Cte(renamed_outputs(self._plain_cte(body, query, scope), renamed))

    def _plain_cte(self, body: Node, query: Node, scope: Scope) -> Outputs:
        mode = body.get("ctematerialized", "CTEMaterializeDefault")
        once = self.draft.mentions[body["ctename"]] <= 1
        inlined = mode == "CTEMaterializeNever" or (mode == "CTEMaterializeDefault" and once)
        around = Scope(scope.level, scope.parent, ctes=scope.ctes)
        outputs = self.derived(query, around, inlined=inlined)
        return outputs if inlined else _unreachable(outputs)

    def _recursive(self, query: Node, name: str, renamed: list[str], scope: Scope) -> None:
        around = Scope(scope.level, scope.parent, ctes=dict(scope.ctes))
        if query.get("op", "SETOP_NONE") == "SETOP_NONE":
            scope.ctes[name] = Cte(None)
            self.derived(query, around, inlined=False)
            return
        self.read_with(query.get("withClause"), around)
        start = self.derived(query["larg"], around, inlined=False)
        scope.ctes[name] = around.ctes[name] = Cte(renamed_outputs(_unreachable(start), renamed))
        self.derived(query["rarg"], around, inlined=False)

    def _writing_cte(self, kind: str, query: Node, name: str, scope: Scope) -> None:
        around = Scope(self.draft.new_level(), scope.parent, ctes=scope.ctes)
        outputs = self.statement(kind, query, around)
        scope.ctes[name] = Cte(_unreachable(outputs))

    def _set_operation(self, tree: Node, scope: Scope) -> Outputs:
        branches = [
            self.derived(tree[side], Scope(scope.level, scope.parent, ctes=scope.ctes), inlined=False)
            for side in ("larg", "rarg")
        ]
        reader = Reader(self.draft, scope, self.expression_query)
        read_limit(reader, tree)
        left, right = branches
        if left is None or right is None:
            return None
        pairs = zip(left, left.values(), right.values(), strict=False)
        combined = {name: _either(one, other) for name, one, other in pairs}
        return _unreachable(combined) if "limitCount" in tree or tree["op"] != "SETOP_UNION" else combined

    def expression_query(self, draft: Draft, node: Node, around: Scope, only_rows: bool) -> list[Output]:
        """Read a query that stands in an expression, on a level of its own, and return its columns."""
        scope = Scope(draft.new_level(), around)
        outputs = self.select(node["SelectStmt"], scope, only_rows=only_rows)
        return list((outputs or {}).values())

    def statement(self, kind: str, tree: Node, scope: Scope) -> Outputs:
        """Read a statement of any kind; returns the columns of its RETURNING."""
        if kind == "SelectStmt":
            return self.select(tree, scope)
        self.read_with(tree.get("withClause"), scope)
        return WRITERS[kind](self, tree, scope)


def is_plain(tree: Node, unlike: frozenset[str]) -> bool:
    """Tell whether the planner merges a sub-query into the query around it: it only selects, joins and filters.

    `unlike` names the functions that are no plain function of one row.
    """
    if tree.get("op", "SETOP_NONE") != "SETOP_NONE":
        return False
    absent = (
        "groupClause", "havingClause", "distinctClause", "sortClause", "limitCount", "limitOffset", "withClause",
        "windowClause", "valuesLists", "lockingClause",
    )  # fmt: skip
    return not any(field in tree for field in absent) and not _aggregates(tree, unlike)


def _aggregates(tree: Node, unlike: frozenset[str]) -> bool:
    """Tell whether a select list computes over several rows, or makes several of one."""
    calls = (node["FuncCall"] for node in walk(tree.get("targetList", [])) if "FuncCall" in node)
    return any("over" in call or names(call["funcname"])[-1] in unlike or "agg_star" in call for call in calls)


def _is_cut(tree: Node) -> bool:
    """Tell whether a predicate from outside would change the answer if it came first."""
    windows = any("over" in node for node in walk(tree.get("targetList", [])))
    distinct_on = any(item for item in tree.get("distinctClause", ()))
    return "limitCount" in tree or "limitOffset" in tree or windows or distinct_on


def _unreachable(outputs: Outputs) -> Outputs:
    if outputs is None:
        return None
    return {name: Output(output.origins, pushable=False) for name, output in outputs.items()}


def _either(one: Output, other: Output) -> Output:
    """Return what a column of a UNION stands for: both, or nothing where a branch computes it."""
    if not one.origins or not other.origins:
        return COMPUTED
    return Output((*one.origins, *other.origins), one.pushable and other.pushable)


def _values(reader: Reader, rows: list[Node]) -> Outputs:
    for row in rows:
        for item in row["List"]["items"]:
            if next(iter(item)) not in ("ParamRef", "A_Const", "SetToDefault"):
                reader.mention(item)
    width = len(rows[0]["List"]["items"])
    return {f"column{place + 1}": COMPUTED for place in range(width)}


def _name_of(value: Node) -> str:
    """Return the name that PostgreSQL gives a column of a select list without AS."""
    ((kind, body),) = value.items()
    if kind == "ColumnRef":
        return (names(body["fields"]) or ["?column?"])[-1]
    if kind == "FuncCall":
        return names(body["funcname"])[-1]
    if kind == "TypeCast":
        inner = _name_of(body["arg"])
        return inner if inner != "?column?" else names(body["typeName"]["names"])[-1]
    return {"CoalesceExpr": "coalesce", "CaseExpr": "case"}.get(kind, "?column?")


def _refers_to(query: Node, name: str) -> bool:
    return any(node["RangeVar"]["relname"] == name for node in walk(query) if "RangeVar" in node)
