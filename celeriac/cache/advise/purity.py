"""Whether a statement's answer hangs on its parameters and its tables alone, so that another caller may have it."""

import re
from collections.abc import Iterator
from itertools import chain

from celeriac.cache.advise.facts import ServerFacts
from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.parsed import NotUnderstood, ParsedStatement
from celeriac.statements.parsing import grammar
from celeriac.statements.parsing.grammar import Node

CLOCK = frozenset({"now", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "timeofday"})
_SESSION = re.compile(r"\A(?:current_|session_user|has_|inet_|pg_|txid_|row_security)")
_HARMLESS = frozenset({"pg_typeof", "pg_column_size", "pg_size_pretty"})
_SECRET = re.compile(r"passw|\A(?:.*_)?(?:secret|token|salt|otp|api_key|private_key|credentials?)\Z")
_MAX_DEPTH = 16


def why_not(parsed: ParsedStatement, catalog: Catalog, server: ServerFacts) -> str | None:
    """Return why the answer must not be kept, None where it may."""
    tree = grammar.read(parsed.text)
    if isinstance(tree, NotUnderstood):
        return f"it could not be read: {tree.reason}"
    written = [relation.table for relation in parsed.relations if relation.written]
    if written:
        return f"it writes {written[0]}"
    nodes = list(chain(grammar.walk(tree.tree), _views(tree.tree, catalog, 0)))
    refusals = chain(
        _locks(nodes), _unreadable(nodes, catalog), _calls(nodes, server), _private(parsed, server), _secrets(parsed)
    )
    found = next(refusals, None)
    if found is None and not parsed.relations:
        return "it reads no table"
    return found


def _views(tree: Node, catalog: Catalog, depth: int) -> Iterator[Node]:
    """Yield the nodes of the views that a query reads: what they call and read counts too."""
    for body in _named(grammar.walk(tree), "RangeVar"):
        definition = catalog.find_view(body.get("schemaname"), body["relname"])
        if definition is None or depth >= _MAX_DEPTH:
            continue
        inner = grammar.read(definition)
        if not isinstance(inner, NotUnderstood):
            yield from grammar.walk(inner.tree)
            yield from _views(inner.tree, catalog, depth + 1)


def _named(nodes: Iterator[Node] | list[Node], kind: str) -> Iterator[Node]:
    for node in nodes:
        body = node.get(kind)
        if isinstance(body, dict):
            yield body


def _locks(nodes: list[Node]) -> Iterator[str]:
    if any("lockingClause" in node for node in nodes):
        yield "it locks rows (FOR UPDATE or FOR SHARE): its answer is a claim on them"


def _unreadable(nodes: list[Node], catalog: Catalog) -> Iterator[str]:
    if any("RangeTableSample" in node for node in nodes):
        yield "it reads a random sample (TABLESAMPLE)"
    ctes = {body["ctename"] for body in _named(nodes, "CommonTableExpr")}
    for body in _named(nodes, "RangeVar"):
        schema, name = body.get("schemaname"), body["relname"]
        if schema is None and name in ctes:
            continue
        if catalog.find(schema, name) is None and catalog.find_view(schema, name) is None:
            yield f"it reads {name}, whose writes cannot be seen: a system, temporary or foreign table"


def _calls(nodes: list[Node], server: ServerFacts) -> Iterator[str]:
    for body in _named(nodes, "SQLValueFunction"):
        op = body["op"].removeprefix("SVFOP_").lower()
        clock = "time" in op or "date" in op
        yield f"it reads the clock ({op})" if clock else f"its answer depends on the session ({op})"
    for body in _named(nodes, "FuncCall"):
        name, arguments = body["funcname"][-1]["String"]["sval"], len(body.get("args", ()))
        if name in CLOCK or (name == "age" and arguments == 1):
            yield f"it reads the clock ({name}()): pass the instant as a parameter, rounded to the minute"
        elif _SESSION.match(name) and name not in _HARMLESS:
            yield f"its answer depends on the session or the server ({name}())"
        elif name in server.volatile:
            yield f"it calls {name}(), which may answer differently each time"
        elif name in server.unknown:
            yield f"it calls {name}(), which may read what no tag names (it is not IMMUTABLE)"


def _private(parsed: ParsedStatement, server: ServerFacts) -> Iterator[str]:
    for relation in parsed.relations:
        if (relation.schema, relation.table) in server.secured:
            yield f"{relation.table} is under row-level security: one caller's rows are not another's"


def _secrets(parsed: ParsedStatement) -> Iterator[str]:
    for relation in parsed.relations:
        for use in relation.uses:
            if use.clause == "returned" and not use.is_expression and _SECRET.search(use.column):
                yield f"it returns {relation.table}.{use.column}, which must not lie in a cache"
