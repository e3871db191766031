"""Read INSERT, UPDATE, DELETE and MERGE: what they write, and what they must find first."""

from collections.abc import Callable
from typing import Literal

from celeriac.statements.parsed import ParameterUse
from celeriac.statements.parsing.grammar import Node
from celeriac.statements.parsing.operands import Reader
from celeriac.statements.parsing.predicates import read_predicate
from celeriac.statements.parsing.scope import COMPUTED, Scope, Source, table_source
from celeriac.statements.parsing.sources import FromClause, Outputs, Queries

Written = Literal["insert", "update", "delete"]


def read_insert(queries: Queries, tree: Node, scope: Scope) -> Outputs:
    """Read INSERT … VALUES or SELECT, with ON CONFLICT."""
    relation = _target(queries, tree["relation"], scope, "insert")
    source = tree.get("selectStmt", {}).get("SelectStmt")
    if source is not None:
        _note_values(queries, relation, tree, source)
        outer = Scope(scope.level, ctes=scope.ctes)
        queries.derived(source, outer, inlined="valuesLists" in source)
    conflict = tree.get("onConflictClause")
    reader = _reader(queries, scope)
    if conflict is not None:
        scope.sources.append(Source("excluded", dict.fromkeys(scope.sources[0].outputs or {}, COMPUTED)))
        _set(reader, relation, conflict.get("targetList", ()))
        reader.mention(conflict.get("whereClause"))  # the row is found by its conflict, not by this
    return queries.targets(reader, _returning(tree))


def read_update(queries: Queries, tree: Node, scope: Scope) -> Outputs:
    """Read UPDATE … SET … FROM … WHERE."""
    relation = _target(queries, tree["relation"], scope, "update")
    FromClause(queries, scope).add(tree.get("fromClause", []))
    reader = _reader(queries, scope)
    _set(reader, relation, tree.get("targetList", ()))
    read_predicate(reader, tree.get("whereClause"))
    return queries.targets(reader, _returning(tree))


def read_delete(queries: Queries, tree: Node, scope: Scope) -> Outputs:
    """Read DELETE … USING … WHERE."""
    _target(queries, tree["relation"], scope, "delete")
    FromClause(queries, scope).add(tree.get("usingClause", []))
    reader = _reader(queries, scope)
    read_predicate(reader, tree.get("whereClause"))
    return queries.targets(reader, _returning(tree))


def read_merge(queries: Queries, tree: Node, scope: Scope) -> Outputs:
    """Read MERGE: the join finds the rows, the branches say what is written."""
    relation = _target(queries, tree["relation"], scope, _merged(tree))
    FromClause(queries, scope).add([tree["sourceRelation"]])
    reader = _reader(queries, scope)
    read_predicate(reader, tree.get("joinCondition"))
    for clause in tree.get("mergeWhenClauses", ()):
        body = clause["MergeWhenClause"]
        reader.mention(body.get("condition"))
        if body.get("commandType") == "CMD_UPDATE":
            _set(reader, relation, body.get("targetList", ()))
        for value in body.get("values", ()):
            reader.mention(value)
    return queries.targets(reader, _returning(tree))


def _merged(tree: Node) -> Written:
    commands = {clause["MergeWhenClause"].get("commandType") for clause in tree.get("mergeWhenClauses", ())}
    if "CMD_UPDATE" in commands:
        return "update"
    return "delete" if "CMD_DELETE" in commands else "insert"


def _target(queries: Queries, body: Node, scope: Scope, written: Written) -> int | None:
    """Add the table that is written; None where the catalog does not know it."""
    schema, name = body.get("schemaname"), body["relname"]
    alias = body.get("alias", {}).get("aliasname") or name
    table = queries.draft.catalog.find(schema, name)
    if table is None:
        FromClause(queries, scope).add([{"RangeVar": body}])
        return None
    relation = queries.draft.add_relation(table, alias, scope.level)
    queries.draft.relations[relation].written = written
    scope.sources.append(table_source(table, relation, alias, []))
    return relation


def _reader(queries: Queries, scope: Scope) -> Reader:
    return Reader(queries.draft, scope, queries.expression_query)


def _set(reader: Reader, relation: int | None, items: list[Node]) -> None:
    """Read SET: the columns change, their new values are computed from what is read."""
    for item in items:
        body = item["ResTarget"]
        if relation is not None and "name" in body:
            reader.draft.relations[relation].updated.setdefault(body["name"])
        value = body["val"]
        value = value["MultiAssignRef"]["source"] if "MultiAssignRef" in value else value
        if "MultiAssignRef" in body["val"] and body["val"]["MultiAssignRef"].get("colno", 1) != 1:
            continue  # the one row on the right was read with its first column
        reader.mention(value)
        if relation is not None and "ParamRef" in value and "name" in body:
            number = value["ParamRef"].get("number", 0)
            reader.draft.parameter(ParameterUse(number, "other", relation, body["name"]))


def _note_values(queries: Queries, relation: int | None, tree: Node, source: Node) -> None:
    """Record which column each parameter of a VALUES list is written to."""
    if relation is None:
        return
    table = queries.draft.relations[relation].table
    columns = [item["ResTarget"]["name"] for item in tree.get("cols", ())] or [column.name for column in table.columns]
    for row in source.get("valuesLists", ()):
        for name, item in zip(columns, row["List"]["items"], strict=False):
            if "ParamRef" in item:
                number = item["ParamRef"].get("number", 0)
                queries.draft.parameter(ParameterUse(number, "other", relation, name))


def _returning(tree: Node) -> list[Node]:
    """Return RETURNING's list; since PostgreSQL 18 it lies one level deeper."""
    clause = tree.get("returningClause", {})
    items: list[Node] = clause.get("exprs") or tree.get("returningList") or []
    return items


WRITERS: dict[str, Callable[[Queries, Node, Scope], Outputs]] = {
    "InsertStmt": read_insert,
    "UpdateStmt": read_update,
    "DeleteStmt": read_delete,
    "MergeStmt": read_merge,
}
