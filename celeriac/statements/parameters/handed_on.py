"""A parameter that a sub-query or VALUES hands on arrives as text: what it is compared with out there tells its type.

`JOIN (VALUES ($1), ($2)) AS v (id) ON v.id = posts.id` had numbers before it was normalized, and does not plan without.
"""

import re
from collections.abc import Iterator

from celeriac.statements.parsing import grammar
from celeriac.statements.parsing.expressions import names
from celeriac.statements.parsing.grammar import Node

_NO_OPERATOR = re.compile(r"operator does not exist: (?P<left>.+) [^\w\s\"\[\]()]+ (?P<right>.+)")


def handed_on(tree: Node, location: int, message: str) -> list[tuple[int, str]]:
    """Return (location, type) for each bare parameter behind the text side of the comparison at a location."""
    sides = _NO_OPERATOR.fullmatch(message)
    comparison = _comparison(tree, location)
    if sides is None or comparison is None:
        return []
    for side, own, other in (("lexpr", "left", "right"), ("rexpr", "right", "left")):
        column = comparison.get(side, {}).get("ColumnRef")
        if sides[own] == "text" and column is not None:
            *qualifier, name = names(column["fields"])
            return [(place, sides[other]) for place in _outputs(tree, qualifier[-1:], name)]
    return []


def _comparison(tree: Node, location: int) -> Node | None:
    operations = (node["A_Expr"] for node in grammar.walk(tree) if "A_Expr" in node)
    return next((body for body in operations if body.get("location") == location), None)


def _outputs(tree: Node, qualifier: list[str], name: str) -> Iterator[int]:
    """Yield the places of bare parameters that are a column's value in a sub-query or WITH query."""
    for node in grammar.walk(tree):
        if "RangeSubselect" in node:
            body = node["RangeSubselect"]
            alias = body.get("alias", {})
            if not qualifier or [alias.get("aliasname")] == qualifier:
                yield from _column(body["subquery"].get("SelectStmt", {}), _given(alias.get("colnames")), name)
        elif "CommonTableExpr" in node:
            body = node["CommonTableExpr"]
            if not qualifier or body["ctename"] in {*qualifier, *_meant(tree, qualifier)}:
                yield from _column(body["ctequery"].get("SelectStmt", {}), _given(body.get("aliascolnames")), name)


def _meant(tree: Node, qualifier: list[str]) -> Iterator[str]:
    """Yield the relations that an alias stands for."""
    for node in grammar.walk(tree):
        if [node.get("RangeVar", {}).get("alias", {}).get("aliasname")] == qualifier:
            yield node["RangeVar"]["relname"]


def _column(select: Node, given: list[str], name: str) -> Iterator[int]:
    for branch in ("larg", "rarg"):
        if branch in select:
            yield from _column(select[branch], given, name)
    targets = [target["ResTarget"] for target in select.get("targetList", ())]
    called = given or [target.get("name", "") for target in targets]
    rows = [[target["val"] for target in targets], *(row["List"]["items"] for row in select.get("valuesLists", ()))]
    for row in rows:
        for place, value in enumerate(row):
            if "ParamRef" in value and (called[place : place + 1] or [f"column{place + 1}"]) == [name]:
                yield value["ParamRef"].get("location", 0)


def _given(colnames: list[Node] | None) -> list[str]:
    return names(colnames or [])
