"""Turn a normalized text into one that PostgreSQL can prepare.

`pg_stat_statements` puts $n wherever a constant stood, also where the grammar takes constants only: `interval $1`,
`extract($1 from x)`. It shortens lists to `IN ($1 /*, ... */)` and leaves gaps in the numbering. Each repair is an edit
of the text at a place that the tree names, so that the rest stays as its author wrote it.
https://www.postgresql.org/docs/current/pgstatstatements.html
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from celeriac.statements.parsing.expressions import names
from celeriac.statements.parsing.grammar import Node, walk


class Edit(NamedTuple):
    """Replace the bytes from `start` to `end`."""

    start: int
    end: int
    new: bytes


_PARAMETER = re.compile(rb"\$\d+")
_SQUASHED = re.compile(rb"\s*/\*, \.\.\. \*/")
_FROM = re.compile(rb"\s+from\b", re.IGNORECASE)
_EXTRACT_SINCE = 140000
_NAMED: dict[str, Literal["unit", "zone"]] = {
    "extract": "unit",
    "date_part": "unit",
    "date_trunc": "unit",
    "timezone": "zone",
}


def repaired(text: str, tree: Node, server_version: int) -> str:
    """Return the text with every repair made; the same text where none is needed."""
    data = text.encode()
    edits = sorted(
        {*_typed_constants(data, tree), *_calls(data, tree, server_version), *_lists(data, tree), *_places(data, tree)}
    )
    return renumbered(apply(data, edits).decode())


def apply(data: bytes, edits: list[Edit]) -> bytes:
    """Make edits that are in order and do not overlap; one that would is left out."""
    parts: list[bytes] = []
    done = 0
    for edit in edits:
        if edit.start >= done:
            parts += [data[done : edit.start], edit.new]
            done = edit.end
    return b"".join([*parts, data[done:]])


def cast(data: bytes, location: int, type_name: str) -> Edit | None:
    """Return the edit that casts the parameter at a location."""
    end = _end(data, location)
    return Edit(end, end, f"::{type_name}".encode()) if end else None


def renumbered(text: str) -> str:
    """Close gaps in the numbering: PREPARE cannot type a parameter that is not there."""
    # A `$1` within a string or a quoted name is no parameter, but texts that have both gaps and such strings are not
    # written by pg_stat_statements: it leaves no string standing.
    numbers = sorted({int(number) for number in re.findall(r"(?<![\w$])\$(\d+)", text)})
    if not numbers or numbers[-1] == len(numbers) or "'" in text or '"' in text:
        return text
    places = {number: place for place, number in enumerate(numbers, 1)}
    return re.sub(r"(?<![\w$])\$(\d+)", lambda match: f"${places[int(match.group(1))]}", text)


def named_places(tree: Node) -> Iterator[tuple[int, Literal["unit", "zone"]]]:
    """Yield the parameters that must be the name of a unit of time or of a time zone."""
    for node in walk(tree):
        body = node.get("FuncCall")
        first = body.get("args", [{}])[0].get("ParamRef") if body else None
        if body is not None and first is not None:
            place = _NAMED.get(names(body["funcname"])[-1])
            if place is not None:
                yield first.get("number", 0), place


def _end(data: bytes, location: int) -> int:
    match = _PARAMETER.match(data, location)
    return match.end() if match else 0


def _typed_constants(data: bytes, tree: Node) -> Iterator[Edit]:
    """`interval $1 day` becomes `$1::interval day`; where the type stands first it was a constant."""
    for node in walk(tree):
        body = node.get("TypeCast")
        parameter = body["arg"].get("ParamRef") if body else None
        if body is None or parameter is None:
            continue
        start, location = body["typeName"].get("location", -1), parameter.get("location", 0)
        end = _end(data, location)
        if 0 <= start < location and end:
            yield Edit(start, end, data[location:end] + b"::" + data[start:location].strip())


def _calls(data: bytes, tree: Node, server_version: int) -> Iterator[Edit]:
    for node in walk(tree):
        body = node.get("FuncCall")
        if body is None or body.get("funcformat") != "COERCE_SQL_SYNTAX":
            if body is not None and names(body["funcname"])[-1] in ("substring", "substr"):
                yield from _substring(data, body)
            continue
        function = names(body["funcname"])[-1]
        if function == "extract":
            yield from _extract(data, body, server_version)
        elif function == "substring":
            yield from _substring(data, body)


def _extract(data: bytes, body: Node, server_version: int) -> Iterator[Edit]:
    """`extract($1 from x)` becomes the function that it stands for."""
    parameter = body["args"][0].get("ParamRef")
    start = body.get("location", 0)
    end = _end(data, parameter.get("location", 0)) if parameter else 0
    between = _FROM.match(data, end) if end else None
    if between is not None:
        name = b"pg_catalog.extract" if server_version >= _EXTRACT_SINCE else b"pg_catalog.date_part"
        yield Edit(start, start + len(b"extract"), name)
        yield Edit(end, between.end(), b",")


def _substring(data: bytes, body: Node) -> Iterator[Edit]:
    """Positions are numbers: untyped, the server would take them for patterns."""
    for arg in body.get("args", ())[1:]:
        edit = cast(data, arg["ParamRef"].get("location", 0), "integer") if "ParamRef" in arg else None
        if edit is not None:
            yield edit


def _lists(data: bytes, tree: Node) -> Iterator[Edit]:
    """`x IN ($1 /*, ... */)` held several values: as an array it can hold them again."""
    for node in walk(tree):
        body = node.get("A_Expr")
        if body is None or body.get("kind") != "AEXPR_IN" or "List" not in body["rexpr"]:
            continue
        items = body["rexpr"]["List"]["items"]
        parameter = items[0].get("ParamRef") if len(items) == 1 else None
        location = parameter.get("location", 0) if parameter else 0
        if location and _SQUASHED.match(data, _end(data, location)):
            test = b"= ANY (" if names(body["name"]) == ["="] else b"<> ALL ("
            yield Edit(body.get("location", 0), location, test)


def _places(data: bytes, tree: Node) -> Iterator[Edit]:
    """`GROUP BY $1` and `ORDER BY $1` held places in the select list; the nearest guess takes their order."""
    for node in walk(tree):
        targets = node.get("targetList")
        if targets is None or not ("groupClause" in node or "sortClause" in node):
            continue
        plain = [
            place for place, item in enumerate(targets, 1) if "FuncCall" not in item.get("ResTarget", {}).get("val", {})
        ]
        yield from _replaced(data, node.get("groupClause", []), plain)
        sorts = [item["SortBy"]["node"] for item in node.get("sortClause", ())]
        yield from _replaced(data, sorts, list(range(1, len(targets) + 1)))


def _replaced(data: bytes, items: list[Node], places: list[int]) -> Iterator[Edit]:
    bare = [item["ParamRef"].get("location", 0) for item in items if "ParamRef" in item]
    for location, place in zip(bare, places, strict=False):
        yield Edit(location, _end(data, location), str(place).encode())
