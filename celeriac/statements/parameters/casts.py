"""Where the server cannot tell a parameter's type, its place usually can: the column on the other side, the operator.

The constants that stood there had types of their own (`1`, `0.05`), which normalizing took away.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.parameters.handed_on import handed_on
from celeriac.statements.parsed import NotUnderstood, ParsedStatement
from celeriac.statements.parsing import grammar
from celeriac.statements.parsing.expressions import names
from celeriac.statements.parsing.grammar import Node
from celeriac.statements.parsing.repair import Edit, apply, cast

_UNDETERMINED = "42P18"
_INCONSISTENT = "42P08"
_MENDABLE = frozenset({_UNDETERMINED, _INCONSISTENT, "42725", "42883", "42804", "42846", "22P02"})
_ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "^"})
_TIME_FUNCTIONS = frozenset({"extract", "date_part", "date_trunc", "age", "to_char", "date_bin", "timezone"})
_MOMENT_FIRST = frozenset({"age", "to_char"})
"""The others begin with a unit or a zone."""
_CHOOSING = frozenset(
    {"A_Expr", "FuncCall", "CaseExpr", "CoalesceExpr", "MinMaxExpr", "A_ArrayExpr", "TypeCast", "ParamRef"}
)
_COUNTING = frozenset({"sum", "avg", "generate_series", "abs", "power", "mod", "stddev", "variance"})


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the server said: its SQLSTATE, primary message, and the place in the text, counted in characters from 0."""

    code: str
    message: str
    position: int | None


def with_cast(text: str, complaint: Complaint, parsed: ParsedStatement, catalog: Catalog) -> str | None:
    """Return the text with the parameters at the complaint's place cast, or None where that cannot mend it."""
    if complaint.code not in _MENDABLE:
        return None
    read = grammar.read(text)
    if isinstance(read, NotUnderstood):
        return None
    numbered = re.search(r"parameter \$(\d+)", complaint.message)
    data = text.encode()
    if numbered is not None:
        number = int(numbered.group(1))
        edits = _everywhere(data, read.tree, number, _column_type(number, parsed, catalog) or "text")
    else:
        edits = _at_place(data, text, read.tree, complaint, parsed, catalog)
    return apply(data, sorted(edits)).decode() if edits else None


def _everywhere(data: bytes, tree: Node, number: int, type_name: str) -> list[Edit]:
    """Cast each bare appearance of one parameter."""
    places = {location for location, n in _bare(tree) if n == number}
    return [edit for location in places if (edit := cast(data, location, type_name))]


def _at_place(
    data: bytes, text: str, tree: Node, complaint: Complaint, parsed: ParsedStatement, catalog: Catalog
) -> list[Edit]:
    """Cast the bare parameters below the operator or function that the server could not choose."""
    if complaint.position is None:
        return []
    location = len(text[: complaint.position].encode())
    node = _innermost(tree, location)
    if node is None:
        places = handed_on(tree, location, complaint.message)
        return [edit for place, type_name in places if (edit := cast(data, place, type_name))]
    return [
        edit
        for place, number in dict.fromkeys(_deciding(node))
        if (edit := cast(data, place, _type(node, place, _column_type(number, parsed, catalog))))
    ]


def _innermost(tree: Node, location: int) -> Node | None:
    """Return the last node that starts at a location and has parameters below it."""
    found = None
    for node in grammar.walk(tree):
        for name, body in node.items():
            if isinstance(body, dict) and body.get("location") == location and name in _CHOOSING:
                found = {name: body}
    return found if found is not None and any(_deciding(found)) else None


def _deciding(node: Node, top: bool = True) -> Iterator[tuple[int, int]]:
    """Yield (location, number) of the bare parameters whose types decide an operator or function's choice.

    The results of CASE do; its conditions, and what other functions are called with, do not.
    """
    ((kind, body),) = node.items()
    if kind == "ParamRef":
        yield body.get("location", 0), body.get("number", 0)
        return
    parts = _RESULTS.get(kind)
    for part in parts(body, top) if parts is not None else ():
        yield from _deciding(part, top=False)


def _of_call(body: Node, top: bool) -> list[Node]:
    return body.get("args", []) if top else []


def _of_operation(body: Node, top: bool) -> list[Node]:
    if not (top or names(body.get("name", ())) in _ARITHMETIC_NAMES):
        return []
    sides = [body[side] for side in ("lexpr", "rexpr") if side in body]
    return [item for side in sides for item in (side["List"]["items"] if "List" in side else [side])]


def _of_case(body: Node, _: bool) -> list[Node]:
    results = [arm["CaseWhen"]["result"] for arm in body.get("args", ())]
    return [*results, *([body["defresult"]] if "defresult" in body else [])]


def _of_list(body: Node, _: bool) -> list[Node]:
    return body.get("args") or body.get("elements") or []


_ARITHMETIC_NAMES = tuple([operator] for operator in sorted(_ARITHMETIC))
_RESULTS: dict[str, Callable[[Node, bool], list[Node]]] = {
    "A_ArrayExpr": _of_list,
    "A_Expr": _of_operation,
    "CaseExpr": _of_case,
    "CoalesceExpr": _of_list,
    "FuncCall": _of_call,
    "MinMaxExpr": _of_list,
}


def _bare(tree: object) -> Iterator[tuple[int, int]]:
    """Yield (location, number) of the parameters that have no cast of their own."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(reversed(node))
        elif isinstance(node, dict):
            if "ParamRef" in node:
                yield node["ParamRef"].get("location", 0), node["ParamRef"].get("number", 0)
            elif not ("TypeCast" in node and "ParamRef" in node["TypeCast"]["arg"]):
                stack.extend(reversed(node.values()))


def _column_type(number: int, parsed: ParsedStatement, catalog: Catalog) -> str | None:
    use = next((use for use in parsed.parameter_uses if use.number == number), None)
    if use is not None and use.place in ("limit", "offset"):
        return "bigint"
    if use is None or use.relation is None or use.column is None:
        return None
    relation = parsed.relations[use.relation]
    table = catalog.find(relation.schema, relation.table)
    column = table.column(use.column) if table is not None else None
    return column.type if column is not None else None


def _type(node: Node, place: int, column_type: str | None) -> str:
    """Choose a type by the operator or function around a parameter, and by the column that it ends up compared with."""
    ((kind, body),) = node.items()
    operator = names(body["name"])[-1] if kind == "A_Expr" else ""
    function = names(body["funcname"])[-1] if kind == "FuncCall" else ""
    if column_type is not None and column_type.startswith(("timestamp", "date", "time")):
        return _moment(body, operator, place, column_type)
    if operator == "||":
        return "text"
    if column_type is not None:
        return column_type
    if function in _TIME_FUNCTIONS:
        first = body["args"][0].get("ParamRef", {}).get("location", -1) == place
        return "timestamp with time zone" if first == (function in _MOMENT_FIRST) else "text"
    if function in _COUNTING:
        return "integer"
    return "numeric" if operator in _ARITHMETIC or operator in ("=", "<>", "<", ">", "<=", ">=") else "text"


def _moment(body: Node, operator: str, place: int, column_type: str) -> str:
    """What is added to or taken from a moment is an interval, or days where it is a date; the rest is a moment."""
    first = body.get("lexpr", {}).get("ParamRef", {}).get("location", -1) == place
    if operator in ("+", "-") and not first:
        return "integer" if column_type == "date" else "interval"
    return "numeric" if operator in ("*", "/") else column_type
