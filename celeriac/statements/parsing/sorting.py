"""Read what a query does with its rows after it has them: GROUP BY, DISTINCT, ORDER BY, LIMIT, and max() or min()."""

from celeriac.statements.parsed import Clause, ColumnUse, ParameterUse
from celeriac.statements.parsing.draft import Output
from celeriac.statements.parsing.expressions import names
from celeriac.statements.parsing.grammar import Node, walk
from celeriac.statements.parsing.operands import Operand, Reader

Outputs = dict[str, Output] | None


def read_group(reader: Reader, tree: Node) -> None:
    """Record the columns of GROUP BY; those of grouping sets are only returned: no one order serves them all."""
    for item in tree.get("groupClause", ()):
        if "GroupingSet" in item:
            for part in item["GroupingSet"].get("content", ()):
                reader.mention(part)
        else:
            _record(reader, _grouped(reader, tree, item), "group")


def read_distinct(reader: Reader, tree: Node, outputs: Outputs) -> None:
    """Record the columns of DISTINCT ON (…), or of the select list under a plain DISTINCT."""
    items = tree.get("distinctClause")
    if items is None:
        return
    if any(items):
        for item in items:
            _record(reader, _sorted(reader, tree, item, outputs), "distinct")
        return
    for output in (outputs or {}).values():
        _record(reader, _as_operand(output), "distinct")


def read_order(reader: Reader, tree: Node, outputs: Outputs) -> None:
    """Record ORDER BY as far as one table can give it: what follows a column of another table is sorted anyway."""
    first: int | None = None
    for item in tree.get("sortClause", ()):
        body = item["SortBy"]
        side = _sorted(reader, tree, body["node"], outputs)
        relation = side.origins[0][0] if _reachable(reader, side) else None
        if relation is None or first not in (None, relation):
            reader.draft.returned(side.outputs)
            first = -1  # no relation: nothing further counts
            continue
        first = relation
        nulls = body.get("sortby_nulls", "SORTBY_NULLS_DEFAULT")
        descending = body.get("sortby_dir") == "SORTBY_DESC" or names(body.get("useOp", ())) == [">"]
        nulls_first = None if nulls == "SORTBY_NULLS_DEFAULT" else nulls == "SORTBY_NULLS_FIRST"
        _record(reader, side, "order", descending=descending, nulls_first=nulls_first)


def read_extreme(reader: Reader, tree: Node) -> None:
    """Record `SELECT max(column)` as what the planner makes of it: one row from the end of an order."""
    targets = [item["ResTarget"]["val"] for item in tree.get("targetList", ())]
    if len(targets) != 1 or "FuncCall" not in targets[0] or "groupClause" in tree or "havingClause" in tree:
        return
    call = targets[0]["FuncCall"]
    function = names(call["funcname"])[-1]
    args = call.get("args", ())
    if function not in ("min", "max") or len(args) != 1 or "ColumnRef" not in args[0] or "over" in call:
        return
    side = reader.operand(args[0])
    if _reachable(reader, side):
        _record(reader, side, "order", descending=function == "max")
        reader.draft.limited.setdefault(reader.scope.level)


def read_limit(reader: Reader, tree: Node) -> None:
    """Record LIMIT and OFFSET and the parameters that stand there."""
    count = tree.get("limitCount")
    if count is not None and not count.get("A_Const", {}).get("isnull"):
        reader.draft.limited.setdefault(reader.scope.level)
    for field, place in (("limitCount", "limit"), ("limitOffset", "offset")):
        node = tree.get(field)
        if node is None:
            continue
        side = reader.operand(node)
        reader.draft.returned(side.outputs)
        for number in side.parameters:
            reader.draft.parameter(ParameterUse(number, "limit" if place == "limit" else "offset"))


def _grouped(reader: Reader, tree: Node, item: Node) -> Operand:
    """Read an item of GROUP BY: a column first, else the place or the name of an item of the select list."""
    place = _place(item)
    targets = [target["ResTarget"] for target in tree.get("targetList", ())]
    if place is not None:
        return reader.operand(targets[place]["val"]) if place < len(targets) else Operand("value")
    side = reader.operand(item)
    name = _bare(item)
    if name is not None and not side.outputs:
        target = next((target for target in targets if target.get("name") == name), None)
        return reader.operand(target["val"]) if target is not None else side
    return side


def _sorted(reader: Reader, tree: Node, item: Node, outputs: Outputs) -> Operand:
    """Read an item of ORDER BY: the name or place of an item of the select list first, else an expression."""
    place, name = _place(item), _bare(item)
    if outputs is not None and name in outputs:
        place = list(outputs).index(name)
    return reader.operand(item) if outputs is None or place is None else _selected(reader, tree, place, outputs)


def _selected(reader: Reader, tree: Node, place: int, outputs: dict[str, Output]) -> Operand:
    """Read an item of the select list; a computed one may be an expression over one table."""
    targets = tree.get("targetList", ())
    if place >= len(outputs):
        return Operand("value")
    output = list(outputs.values())[place]
    value = targets[place]["ResTarget"]["val"] if len(targets) == len(outputs) else None  # else a `*` moved the places
    if output.origins or value is None or any("SubLink" in node for node in walk(value)):
        return _as_operand(output)
    return reader.operand(value)


def _as_operand(output: Output) -> Operand:
    kept = output.origins and output.pushable
    return Operand("column" if kept else "mixed", output.origins, (output,))


def _reachable(reader: Reader, side: Operand) -> bool:
    """Tell whether a table of this very level gives the order."""
    return side.kind in ("column", "expression") and reader.draft.level_of(side.origins[0]) == reader.scope.level


def _record(
    reader: Reader, side: Operand, clause: Clause, *, descending: bool = False, nulls_first: bool | None = None
) -> None:
    if not _reachable(reader, side):
        reader.draft.returned(side.outputs)
        return
    relation, column = side.origins[0]
    expression = side.kind == "expression"
    reader.draft.use(
        relation, ColumnUse(column, clause, is_expression=expression, descending=descending, nulls_first=nulls_first)
    )
    if expression:
        reader.draft.returned(side.outputs)


def _place(item: Node) -> int | None:
    """Return the zero-based place that an integer in ORDER BY or GROUP BY names."""
    constant = item.get("A_Const", {})
    return constant["ival"].get("ival", 0) - 1 if "ival" in constant else None


def _bare(item: Node) -> str | None:
    fields = names(item["ColumnRef"]["fields"]) if "ColumnRef" in item else []
    return fields[0] if len(fields) == 1 else None
