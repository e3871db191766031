"""Read a statement's text into what it does with each relation, or say why not."""

from collections import Counter

from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.parsed import NotUnderstood, ParameterUse, ParsedStatement
from celeriac.statements.parsing import grammar
from celeriac.statements.parsing.draft import Draft
from celeriac.statements.parsing.grammar import Node, Parsed
from celeriac.statements.parsing.queries import QueryReader, is_plain
from celeriac.statements.parsing.repair import named_places, repaired
from celeriac.statements.parsing.scope import Scope

_STATEMENTS = {
    "select": "SelectStmt",
    "insert": "InsertStmt",
    "update": "UpdateStmt",
    "delete": "DeleteStmt",
    "merge": "MergeStmt",
}
_ORDER_ONLY = frozenset({"sortClause", "lockingClause", "limitCount", "limitOffset"})


def parse(text: str, catalog: Catalog) -> ParsedStatement | NotUnderstood:
    """Parse exactly one SELECT, INSERT, UPDATE, DELETE or MERGE, repair it, and resolve its names by the catalog."""
    try:
        original = grammar.read(text)
        if isinstance(original, NotUnderstood):
            return original
        return _understood(original, catalog)
    except RecursionError:
        return NotUnderstood(text, "the statement is nested too deeply")


def _understood(original: Parsed, catalog: Catalog) -> ParsedStatement | NotUnderstood:
    """Read the repaired text: its numbering is the one that counts."""
    text = repaired(original.text, original.tree, catalog.server_version) if "$" in original.text else original.text
    statement = original
    if text != original.text:
        again = grammar.read(text)
        if isinstance(again, NotUnderstood) or again.kind != original.kind:
            return NotUnderstood(original.text, "the parameters stand where PostgreSQL takes none")
        statement = again
    draft = _read(statement, catalog)
    return ParsedStatement(
        text=statement.text,
        kind=statement.kind,
        relations=draft.finished_relations(),
        parameters=max(grammar.parameter_numbers(statement.tree), default=0),
        limited_levels=tuple(sorted(draft.limited)),
        parameter_uses=draft.finished_parameters(),
        returns_table_rows=_returns_table_rows(statement, catalog),
    )


def _read(statement: Parsed, catalog: Catalog) -> Draft:
    draft = Draft(catalog, _mentions(statement.tree))
    scope = Scope(draft.new_level())
    QueryReader(draft).statement(_STATEMENTS[statement.kind], statement.tree, scope)
    for number, place in named_places(statement.tree):
        draft.parameter(ParameterUse(number, place))
    return draft


def _returns_table_rows(statement: Parsed, catalog: Catalog) -> bool:
    if statement.kind in ("update", "delete"):
        return True
    body = {name: part for name, part in statement.tree.items() if name not in _ORDER_ONLY}
    return statement.kind == "select" and is_plain(body, catalog.unindexable_functions)


def _mentions(tree: Node) -> Counter[str]:
    return Counter(node["RangeVar"]["relname"] for node in grammar.walk(tree) if "RangeVar" in node)
