"""PostgreSQL's own grammar behind an interface of ours: a text in, plain nested dictionaries out.

The tree is the JSON form of libpg_query: a node is `{"ColumnRef": {…}}`, absent fields are defaults, locations are byte
offsets. It costs a third of the protobuf form, which refuses trees deeper than a hundred levels besides.
https://github.com/pganalyze/libpg_query
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from postgast.native import lib

from celeriac.statements.parsed import NotUnderstood, StatementKind

Node = dict[str, Any]
Nodes = dict[str, list[Node]]
"""Bodies of nodes by their kind."""

MAX_BYTES = 256_000
"""Longer texts are lists of values as a rule; a second of parsing would buy nothing."""
_MAX_NESTING_MARKS = 10_000
"""Operators, brackets and joins can nest; the library writes its tree by recursion and would end the process."""

_NESTING_MARK = re.compile(
    rb"(?:[-+*/<>=~!@#%^&|?:(\[]+|\b(?:not|is|like|ilike|collate|at|join|union|intersect|except|case|isnull|notnull)\b)",
    re.IGNORECASE,
)
_GATHERED = frozenset({"A_Expr", "FuncCall", "ParamRef", "RangeVar", "TypeCast"})
_KINDS: dict[str, StatementKind] = {
    "SelectStmt": "select",
    "InsertStmt": "insert",
    "UpdateStmt": "update",
    "DeleteStmt": "delete",
    "MergeStmt": "merge",
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """One statement's text, without what stands around it, and its tree."""

    text: str
    kind: StatementKind
    tree: Node
    """The body of the statement's node; locations count from the start of `text`."""


def read(text: str) -> Parsed | NotUnderstood:
    """Parse a text that must be exactly one SELECT, INSERT, UPDATE, DELETE or MERGE.

    Whatever is returned as `Parsed` holds one statement for the server too: its grammar has just said so.
    """
    if "\0" in text:
        return NotUnderstood(text, "the text holds a NUL character")
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > MAX_BYTES:
        return NotUnderstood(text, f"the text is longer than {MAX_BYTES // 1000} kB")
    if sum(1 for _ in _NESTING_MARK.finditer(data)) > _MAX_NESTING_MARKS:
        return NotUnderstood(text, "the text nests too many operators")
    try:
        statements = _statements(data)
    except orjson.JSONDecodeError:
        return NotUnderstood(text, "the statement is nested too deeply")
    if isinstance(statements, str):
        return NotUnderstood(text, statements)
    return _only(text, data, statements)


def _only(text: str, data: bytes, statements: list[Node]) -> Parsed | NotUnderstood:
    if not statements:
        return NotUnderstood(text, "the text holds no statement")
    if len(statements) > 1:
        return NotUnderstood(text, f"the text holds {len(statements)} statements")
    raw = statements[0]
    ((name, tree),) = raw["stmt"].items()
    kind = _KINDS.get(name)
    if kind is None:
        return NotUnderstood(text, f"{_spoken(name)} is no SELECT, INSERT, UPDATE, DELETE or MERGE")
    if "intoClause" in tree:
        return NotUnderstood(text, "SELECT INTO creates a table")
    start = raw.get("stmt_location", 0)
    length = raw.get("stmt_len", 0)
    body = data[start : start + length] if length else data[start:]
    if start:
        shift_locations(tree, -start)
    return Parsed(body.decode("utf-8", "surrogatepass").rstrip(), kind, tree)


def shift_locations(tree: Any, by: int) -> None:
    """Move every location in a tree by so many bytes."""
    for node in walk(tree):
        if node.get("location", -1) >= 0:
            node["location"] += by


def walk(tree: Any) -> Iterator[Node]:
    """Yield every dictionary in a tree, bodies and wrappers alike, in the order of the text."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack.extend(reversed(node.values()))
        elif isinstance(node, list):
            stack.extend(reversed(node))


def gather(tree: Node) -> Nodes:
    """Return the bodies of the kinds that several readers look for, in one walk; their order is not that of the text.

    Under `sorted` stand the queries that have a select list and GROUP BY or ORDER BY.
    """
    found: Nodes = {kind: [] for kind in (*_GATHERED, "sorted")}
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        if type(node) is dict:
            if "targetList" in node and ("sortClause" in node or "groupClause" in node):
                found["sorted"].append(node)
            for name, body in node.items():
                if type(body) is dict:
                    if name in _GATHERED:
                        found[name].append(body)
                    stack.append(body)
                elif type(body) is list:
                    stack.append(body)
        else:
            stack.extend(node)
    return found


def _statements(data: bytes) -> list[Node] | str:
    """Return the raw statements, or the grammar's complaint."""
    result = lib.pg_query_parse(data)
    try:
        if result.error:
            return _complaint(result.error.contents.message.decode("utf-8", "replace"))
        statements: list[Node] = orjson.loads(result.parse_tree).get("stmts", [])
        return [statement for statement in statements if "stmt" in statement]
    finally:
        lib.pg_query_free_parse_result(result)


def _complaint(message: str) -> str:
    """Keep the kind of a syntax error and leave out the text it quotes: that may be somebody's data."""
    return re.sub(r'\s+at or near ".*', "", message, flags=re.DOTALL) or "syntax error"


def _spoken(node: str) -> str:
    """Write a node's name as words.

    >>> _spoken("AlterTableStmt")
    'ALTER TABLE'
    """
    return " ".join(re.findall(r"[A-Z][a-z]*", node.removesuffix("Stmt"))).upper()
