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
from celeriac.statements.parsing.grammar import Node, Nodes


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


def repaired(text: str, nodes: Nodes, server_version: int) -> str:
    """Return the text with every repair made; the same text where none is needed."""
    data = text.encode()
    edits = sorted(
        {
            *_typed_constants(data, nodes),
            *_calls(data, nodes, server_version),
            *_lists(data, nodes),
            *_places(data, nodes),
        }
    )
    return apply(data, edits).decode()


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


def renumbered(text: str, nodes: Nodes) -> str:
    """Close gaps in the numbering: PREPARE cannot type a parameter that is not there."""
    places = {number: place for place, number in enumerate(sorted({_number(body) for body in nodes["ParamRef"]}), 1)}
    if all(number == place for number, place in places.items()):
        return text
    data = text.encode()
    at = sorted((body.get("location", 0), _number(body)) for body in nodes["ParamRef"])
    return apply(data, [Edit(place, _end(data, place), b"$%d" % places[number]) for place, number in at]).decode()


def named_places(nodes: Nodes) -> Iterator[tuple[int, Literal["unit", "zone"]]]:
    """Yield the parameters that must be the name of a unit of time or of a time zone."""
    for body in nodes["FuncCall"]:
        first = body.get("args", [{}])[0].get("ParamRef")
        if first is not None:
            place = _NAMED.get(names(body["funcname"])[-1])
            if place is not None:
                yield first.get("number", 0), place


def _number(body: Node) -> int:
    number: int = body.get("number", 0)
    return number


def _end(data: bytes, location: int) -> int:
    match = _PARAMETER.match(data, location)
    return match.end() if match else 0


def _typed_constants(data: bytes, nodes: Nodes) -> Iterator[Edit]:
    """`interval $1 day` becomes `$1::interval day`; where the type stands first it was a constant."""
    for body in nodes["TypeCast"]:
        parameter = body["arg"].get("ParamRef")
        if parameter is None:
            continue
        start, location = body["typeName"].get("location", -1), parameter.get("location", 0)
        end = _end(data, location)
        if 0 <= start < location and end:
            yield Edit(start, end, data[location:end] + b"::" + data[start:location].strip())


def _calls(data: bytes, nodes: Nodes, server_version: int) -> Iterator[Edit]:
    for body in nodes["FuncCall"]:
        function = names(body["funcname"])[-1]
        if function == "extract" and body.get("funcformat") == "COERCE_SQL_SYNTAX":
            yield from _extract(data, body, server_version)
        elif function in ("substring", "substr"):
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


def _lists(data: bytes, nodes: Nodes) -> Iterator[Edit]:
    """`x IN ($1 /*, ... */)` held several values: as an array it can hold them again."""
    for body in nodes["A_Expr"]:
        if body.get("kind") != "AEXPR_IN" or "List" not in body["rexpr"]:
            continue
        items = body["rexpr"]["List"]["items"]
        parameter = items[0].get("ParamRef") if len(items) == 1 else None
        location = parameter.get("location", 0) if parameter else 0
        if location and _SQUASHED.match(data, _end(data, location)):
            test = b"= ANY (" if names(body["name"]) == ["="] else b"<> ALL ("
            yield Edit(body.get("location", 0), location, test)


def _places(data: bytes, nodes: Nodes) -> Iterator[Edit]:
    """`GROUP BY $1` and `ORDER BY $1` held places in the select list; the nearest guess takes their order."""
    for node in nodes["sorted"]:
        targets = node["targetList"]
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
