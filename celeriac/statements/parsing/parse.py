"""Read a statement's text into what it does with each relation, or say why not."""

from collections import Counter
from functools import partial

from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.parsed import NotUnderstood, ParameterUse, ParsedStatement
from celeriac.statements.parsing import grammar
from celeriac.statements.parsing.draft import Draft
from celeriac.statements.parsing.grammar import Nodes, Parsed
from celeriac.statements.parsing.queries import QueryReader, is_plain
from celeriac.statements.parsing.repair import named_places, renumbered, repaired
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
    statement, nodes = original, grammar.gather(original.tree)
    for repair in (partial(repaired, server_version=catalog.server_version), renumbered):
        text = repair(statement.text, nodes)
        if text != statement.text:
            again = grammar.read(text)
            if isinstance(again, NotUnderstood) or again.kind != original.kind:
                return NotUnderstood(original.text, "the parameters stand where PostgreSQL takes none")
            statement, nodes = again, grammar.gather(again.tree)
    draft = _read(statement, nodes, catalog)
    return ParsedStatement(
        text=statement.text,
        kind=statement.kind,
        relations=draft.finished_relations(),
        parameters=max((body.get("number", 0) for body in nodes["ParamRef"]), default=0),
        limited_levels=tuple(sorted(draft.limited)),
        parameter_uses=draft.finished_parameters(),
        returns_table_rows=_returns_table_rows(statement, catalog),
    )


def _read(statement: Parsed, nodes: Nodes, catalog: Catalog) -> Draft:
    draft = Draft(catalog, Counter(body["relname"] for body in nodes["RangeVar"]))
    scope = Scope(draft.new_level())
    QueryReader(draft).statement(_STATEMENTS[statement.kind], statement.tree, scope)
    for number, place in named_places(nodes):
        draft.parameter(ParameterUse(number, place))
    return draft


def _returns_table_rows(statement: Parsed, catalog: Catalog) -> bool:
    if statement.kind in ("update", "delete"):
        return True
    body = {name: part for name, part in statement.tree.items() if name not in _ORDER_ONLY}
    return statement.kind == "select" and is_plain(body, catalog.unindexable_functions)
