"""Read WHERE, ON and HAVING: which column meets what, by which operator, and whether it must hold for every row.

The operators are those of PostgreSQL's operator classes.
https://www.postgresql.org/docs/current/indexes-types.html
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from celeriac.statements.parsed import Clause, ColumnUse, ParameterUse
from celeriac.statements.parsing.draft import Origin
from celeriac.statements.parsing.expressions import names
from celeriac.statements.parsing.grammar import Node
from celeriac.statements.parsing.operands import Operand, Reader

_CLAUSES: dict[str, Clause] = {
    "=": "equality",
    **dict.fromkeys(("<", "<=", ">", ">="), "range"),
    **dict.fromkeys(("~~*", "~", "~*"), "pattern"),
    "^@": "prefix",
    **dict.fromkeys(("@>", "<@", "&&", "?", "?|", "?&", "@?", "<<@", "@>>", "->>@"), "containment"),
    **dict.fromkeys(("<<", "<<="), "containment"),
    "@@": "text_search",
}
_MIRRORED = {
    "=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<=", "@>": "<@", "<@": "@>", "&&": "&&", "@@": "@@",
    ">>": "<<", ">>=": "<<=",
}  # fmt: skip
_BOOLEAN_TESTS = {
    "IS_TRUE": "IS TRUE",
    "IS_NOT_TRUE": "IS NOT TRUE",
    "IS_FALSE": "IS FALSE",
    "IS_NOT_FALSE": "IS NOT FALSE",
    "IS_UNKNOWN": "IS NULL",
    "IS_NOT_UNKNOWN": "IS NOT NULL",
}


def read_predicate(reader: Reader, node: Node | None, conjunct: bool = True) -> None:
    """Record what a condition asks of each column; `conjunct` is False below OR and NOT."""
    if node is None:
        return
    ((name, body),) = node.items()
    special = _READERS.get(name)
    if special is not None:
        special(reader, body, conjunct)
    elif name == "A_Expr" and body.get("kind") in _COMPARISONS and "lexpr" in body:
        _COMPARISONS[body["kind"]](reader, body, conjunct)
    else:
        reader.mention(node)


def compare(
    reader: Reader, left: Operand, operator: str, right: Operand, conjunct: bool, shown: str | None = None
) -> None:
    """Record a comparison seen from each side that is a column or an indexable expression.

    `shown` is the operator as the uses will name it where it is more than the bare one: IN, = ANY.
    """
    used = _see(reader, left, operator, right, conjunct, shown or operator)
    mirrored = _MIRRORED.get(operator)
    used_right = mirrored is not None and _see(reader, right, mirrored, left, conjunct, mirrored)
    for side, is_used in ((left, used), (right, used_right)):
        if not is_used or side.kind != "column":
            reader.draft.returned(side.outputs)


def _see(reader: Reader, side: Operand, operator: str, other: Operand, conjunct: bool, shown: str) -> bool:
    """Record a comparison from one side; False where no index on this side could serve it."""
    if side.kind not in ("column", "expression") or side.relations & other.relations:
        return False
    clause = _CLAUSES.get(operator)
    joins = other.kind != "value"
    if clause is None and not (operator == "<>" and not joins):
        return False
    for origin in side.origins:
        use = ColumnUse(
            column=origin[1],
            clause=_clause(reader, origin, clause or "returned", operator, joins),
            is_expression=side.kind == "expression",
            operator=shown,
            parameter=other.parameter,
            constant=other.constant,
            partner=other.origins[0] if other.kind == "column" else None,
            conjunct=conjunct and origin[0] not in reader.scope.preserved,
        )
        _record(reader, origin[0], use, other.parameters)
    return True


def _clause(reader: Reader, origin: Origin, clause: Clause, operator: str, joins: bool) -> Clause:
    if operator == "=" and joins:
        return "join"
    column = reader.draft.relations[origin[0]].table.column(origin[1])
    if operator in ("<<", "<<=") and column is not None and column.type in ("inet", "cidr"):
        return "range"  # the addresses of a network lie side by side
    if operator == "@@":
        return "containment" if column is not None and column.type == "jsonb" else "text_search"
    return clause


def _record(reader: Reader, relation: int, use: ColumnUse, parameters: tuple[int, ...]) -> None:
    reader.draft.use(relation, use)
    for number in parameters:
        reader.draft.parameter(
            ParameterUse(
                number,
                "compared",
                relation,
                use.column,
                use.clause,
                use.operator,
                direct=number == use.parameter or use.operator == "IN",
            )
        )


def _bool_expr(reader: Reader, body: Node, conjunct: bool) -> None:
    operator = body.get("boolop")
    if operator == "NOT_EXPR" and _negated_boolean(reader, body["args"][0], conjunct):
        return
    for arg in body["args"]:
        read_predicate(reader, arg, conjunct and operator == "AND_EXPR")


def _negated_boolean(reader: Reader, node: Node, conjunct: bool) -> bool:
    if "ColumnRef" not in node:
        return False
    _test(reader, node, "IS FALSE", conjunct)
    return True


def _boolean_column(reader: Reader, body: Node, conjunct: bool) -> None:
    _test(reader, {"ColumnRef": body}, "IS TRUE", conjunct)


def _null_test(reader: Reader, body: Node, conjunct: bool) -> None:
    _test(reader, body["arg"], "IS NOT NULL" if body.get("nulltesttype") == "IS_NOT_NULL" else "IS NULL", conjunct)


def _boolean_test(reader: Reader, body: Node, conjunct: bool) -> None:
    kind = body.get("booltesttype", "IS_TRUE")
    if "ColumnRef" in body["arg"]:
        _test(reader, body["arg"], _BOOLEAN_TESTS[kind], conjunct)
    else:
        read_predicate(reader, body["arg"], conjunct and kind == "IS_TRUE")


def _test(reader: Reader, node: Node, operator: str, conjunct: bool) -> None:
    side = reader.operand(node)
    if side.kind not in ("column", "expression"):
        reader.draft.returned(side.outputs)
        return
    for relation, column in side.origins:
        use = ColumnUse(column, "is_null", is_expression=side.kind == "expression", operator=operator)
        reader.draft.use(relation, replace(use, conjunct=conjunct and relation not in reader.scope.preserved))
    if side.kind == "expression":
        reader.draft.returned(side.outputs)


def _sublink(reader: Reader, body: Node, conjunct: bool) -> None:
    """Read EXISTS (…) and x IN (SELECT …), which are joins, and any other sub-query as a value."""
    kind = body.get("subLinkType")
    outputs = reader.subquery(reader.draft, body["subselect"], reader.scope, kind == "EXISTS_SUBLINK")
    if kind not in ("ANY_SUBLINK", "ALL_SUBLINK"):
        return
    operator = names(body["operName"])[-1] if "operName" in body else "="
    tested = body["testexpr"]
    sides = tested["RowExpr"]["args"] if "RowExpr" in tested else [tested]
    for side, output in zip(sides, outputs, strict=False):
        inner = Operand("column" if output.origins and output.pushable else "mixed", output.origins, (output,))
        if kind == "ANY_SUBLINK":
            compare(reader, reader.operand(side), operator, inner, conjunct)
        else:
            reader.mention(side)


def _operator(reader: Reader, body: Node, conjunct: bool) -> None:
    operator = names(body["name"])[-1]
    left, right = body["lexpr"], body["rexpr"]
    if "RowExpr" in left and "RowExpr" in right:
        _rows(reader, left["RowExpr"]["args"], operator, right["RowExpr"]["args"], conjunct)
    elif operator == "~~":
        _like(reader, body, conjunct)
    else:
        shown = operator
        if operator == "~" and _anchored(right):
            operator = "^@"
        compare(reader, reader.operand(left), operator, reader.operand(right), conjunct, shown)


def _rows(reader: Reader, left: list[Node], operator: str, right: list[Node], conjunct: bool) -> None:
    """Read (a, b) > (x, y): only the first pair bounds every row by itself."""
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        holds = conjunct and (operator == "=" or (place == 0 and operator != "<>"))
        loose = operator + "=" if operator in ("<", ">") and place == 0 else operator
        compare(reader, reader.operand(one), loose, reader.operand(other), holds)


def _in(reader: Reader, body: Node, conjunct: bool) -> None:
    operator = names(body["name"])[-1]
    items = body["rexpr"]["List"]["items"] if "List" in body["rexpr"] else [body["rexpr"]]
    if "RowExpr" in body["lexpr"]:
        rows = [item["RowExpr"]["args"] for item in items if "RowExpr" in item]
        for place, side in enumerate(body["lexpr"]["RowExpr"]["args"]):
            values = _any_of([reader.operand(row[place]) for row in rows if place < len(row)])
            holds = conjunct and operator == "="  # of a row that is none of these, any one column may be
            compare(reader, reader.operand(side), operator, values, holds, "IN" if operator == "=" else "<>")
        return
    values = _any_of([reader.operand(item) for item in items])
    compare(reader, reader.operand(body["lexpr"]), operator, values, conjunct, "IN" if operator == "=" else "<>")


def _any_of(operands: list[Operand]) -> Operand:
    """Join a list's items into one side."""
    outputs = tuple(output for operand in operands for output in operand.outputs)
    if any(operand.kind != "value" for operand in operands):
        return Operand("mixed", outputs=outputs)
    constants = [operand.constant for operand in operands if operand.constant is not None]
    return Operand(
        "value",
        outputs=outputs,
        parameter=next((operand.parameter for operand in operands if operand.parameter is not None), None),
        parameters=tuple(number for operand in operands for number in operand.parameters),
        constant=f"({', '.join(constants)})" if constants and len(constants) == len(operands) else None,
    )


def _any_array(reader: Reader, body: Node, conjunct: bool) -> None:
    operator = names(body["name"])[-1]
    left, right = reader.operand(body["lexpr"]), reader.operand(body["rexpr"])
    if operator != "=" or right.kind != "value":
        reader.draft.returned((*left.outputs, *right.outputs))
        return
    compare(reader, left, "=", right, conjunct, "= ANY")


def _all_array(reader: Reader, body: Node, conjunct: bool) -> None:
    left, right = reader.operand(body["lexpr"]), reader.operand(body["rexpr"])
    if names(body["name"])[-1] == "<>" and right.kind == "value":
        compare(reader, left, "<>", right, conjunct, "<> ALL")
    else:
        reader.draft.returned((*left.outputs, *right.outputs))


def _between(reader: Reader, body: Node, conjunct: bool) -> None:
    low, high = body["rexpr"]["List"]["items"]
    side = reader.operand(body["lexpr"])
    compare(reader, side, ">=", reader.operand(low), conjunct)
    compare(reader, side, "<=", reader.operand(high), conjunct)


def _not_between(reader: Reader, body: Node, _: bool) -> None:
    low, high = body["rexpr"]["List"]["items"]
    side = reader.operand(body["lexpr"])
    compare(reader, side, "<", reader.operand(low), conjunct=False)
    compare(reader, side, ">", reader.operand(high), conjunct=False)


def _like(reader: Reader, body: Node, conjunct: bool) -> None:
    """Read LIKE: a pattern that begins with a letter bounds the column, any other only filters it.

    Of `LIKE $1` nobody can tell which it was: it counts as both. A pattern put together in the text tells: `$1 || '%'`.
    """
    operator = names(body["name"])[-1]
    left, right = reader.operand(body["lexpr"]), reader.operand(body["rexpr"])
    if operator != "~~" or left.kind not in ("column", "expression") or right.kind != "value":
        compare(reader, left, operator, right, conjunct)
        return
    prefixed, wildcards = _shape(body["rexpr"])
    clauses: tuple[Clause, ...] = (
        ("prefix", "pattern") if prefixed is None else ("prefix",) if prefixed else ("pattern",)
    )
    for relation, column in left.origins:
        for clause in clauses:
            use = ColumnUse(
                column, clause, is_expression=left.kind == "expression", operator="~~", parameter=right.parameter,
                constant=right.constant, conjunct=conjunct and relation not in reader.scope.preserved,
            )  # fmt: skip
            _record(reader, relation, use, right.parameters)
        for number in wildcards:
            reader.draft.parameter(ParameterUse(number, "wildcard", relation, column, clauses[0], "~~"))
    if left.kind == "expression":
        reader.draft.returned(left.outputs)


def _shape(pattern: Node) -> tuple[bool | None, tuple[int, ...]]:
    """Tell whether a LIKE pattern fixes its beginning (None: unknown), and which parameters stand for wildcards."""
    parts = _concatenated(pattern)
    first = parts[0]
    if "A_Const" in first:
        text = first["A_Const"].get("sval", {}).get("sval", "")
        wildcards = tuple(_parameter(part) for part in parts[2::2] if _parameter(part))
        return not text.startswith(("%", "_")), wildcards
    if len(parts) == 1:
        return None, ()
    if len(parts) == 2:
        return True, tuple(number for part in parts[1:] if (number := _parameter(part)))
    return False, tuple(number for part in parts[::2] if (number := _parameter(part)))


def _concatenated(node: Node) -> list[Node]:
    """Return the parts of a || b || c, or of concat(a, b, c)."""
    body = node.get("A_Expr")
    if body is not None and "lexpr" in body and names(body["name"]) == ["||"]:
        return [*_concatenated(body["lexpr"]), *_concatenated(body["rexpr"])]
    call = node.get("FuncCall")
    if call is not None and names(call["funcname"])[-1] in ("concat", "like_escape") and call.get("args"):
        args: list[Node] = call["args"]
        return args if names(call["funcname"])[-1] == "concat" else _concatenated(args[0])
    if "TypeCast" in node:
        return _concatenated(node["TypeCast"]["arg"])
    return [node]


def _parameter(node: Node) -> int:
    number: int = node.get("ParamRef", {}).get("number", 0)
    return number


def _anchored(node: Node) -> bool:
    text = node.get("A_Const", {}).get("sval", {}).get("sval", "")
    return re.match(r"\^[\w ]", text) is not None


_READERS: dict[str, Callable[[Reader, Any, bool], None]] = {
    "BoolExpr": _bool_expr,
    "BooleanTest": _boolean_test,
    "ColumnRef": _boolean_column,
    "NullTest": _null_test,
    "SubLink": _sublink,
}
_COMPARISONS: dict[str, Callable[[Reader, Any, bool], None]] = {
    "AEXPR_OP": _operator,
    "AEXPR_OP_ANY": _any_array,
    "AEXPR_OP_ALL": _all_array,
    "AEXPR_IN": _in,
    "AEXPR_LIKE": _like,
    "AEXPR_ILIKE": _operator,
    "AEXPR_BETWEEN": _between,
    "AEXPR_BETWEEN_SYM": _between,
    "AEXPR_NOT_BETWEEN": _not_between,
}
