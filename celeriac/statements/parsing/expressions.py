"""Write an expression over one table's columns as SQL, the same way for a statement and for an index definition.

`lower((email)::text)` in an index and `lower(email)` in a statement are one expression: casts that change nothing but
the name of the type are left out, names are quoted only where they must be, columns stand unqualified.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from celeriac.statements.parsed import NotUnderstood
from celeriac.statements.parsing import grammar
from celeriac.statements.parsing.grammar import Node

Named = tuple[str, bool]
"""A column's bare name, and whether its type is text or varchar: a cast of those to text only changes the label."""
NameOf = Callable[[Node], Named | None]
"""From the body of a ColumnRef to the column; None where it is no column of the table meant."""

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_$]*\Z")
_TYPE_NAMES = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "bpchar": "char",
    "varchar": "varchar",
    "timestamptz": "timestamp with time zone",
    "timetz": "time with time zone",
}
_WORDS = (
    "all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate "
    "collation column concurrently constraint create cross current_catalog current_date current_role current_schema "
    "current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch "
    "for foreign freeze from full grant group having ilike in initially inner intersect into is isnull join "
    "lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer "
    "overlaps placing primary references returning right select session_user similar some symmetric system_user "
    "table tablesample then to trailing true union unique user using variadic verbose when where window with"
)
_RESERVED = frozenset(_WORDS.split())


@lru_cache(maxsize=4096)
def canonical_expression(sql: str, text_columns: frozenset[str] = frozenset()) -> str:
    """Rewrite an expression, as `pg_get_indexdef` writes it, into the form that `ColumnUse.column` has.

    `text_columns` names the table's columns of type text or varchar.

    >>> canonical_expression("lower((email)::text)", frozenset({"email"}))
    'lower(email)'
    >>> canonical_expression("date_trunc('day'::text, created_at)")
    "date_trunc('day', created_at)"
    """
    parsed = grammar.read(f"SELECT ({sql})")
    if isinstance(parsed, NotUnderstood):
        return sql

    def named(column: Node) -> Named | None:
        name = names(column["fields"])[-1]
        return name, name in text_columns

    return write(parsed.tree["targetList"][0]["ResTarget"]["val"], named) or sql


def is_text(type_name: str) -> bool:
    """Tell whether a type, as `format_type` writes it, is text or varchar."""
    return type_name == "text" or type_name.startswith("character varying")


def write(node: Node, name_of: NameOf) -> str | None:
    """Return an expression's SQL, or None where it holds what no index can hold or what is not known here."""
    ((name, body),) = node.items()
    writer = _WRITERS.get(name)
    return writer(body, name_of) if writer is not None else None


def literal(node: Node) -> str | None:
    """Return the SQL of a constant, a cast or signed constant included; None for anything else."""
    return write(node, lambda _: None) if is_constant(node) else None


def is_constant(node: Node) -> bool:
    """Tell whether nothing but constants, their casts and signs stand here."""
    ((name, body),) = node.items()
    if name == "A_Const":
        return True
    if name == "TypeCast":
        return is_constant(body["arg"])
    return name == "A_Expr" and "lexpr" not in body and "rexpr" in body and is_constant(body["rexpr"])


def quoted(name: str) -> str:
    """Quote a name where it must be.

    >>> quoted("email"), quoted("Email"), quoted("order")
    ('email', '"Email"', '"order"')
    """
    if _PLAIN_NAME.match(name) and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def names(parts: Sequence[Node]) -> list[str]:
    """Return the strings of a list of String nodes."""
    return [part["String"].get("sval", "") for part in parts if "String" in part]


def type_sql(body: Node) -> str | None:
    """Return a type's name as SQL, or None for one with modifiers that are no plain numbers."""
    parts = names(body.get("names", ()))
    plain = parts[-1] if len(parts) == 1 or parts[0] == "pg_catalog" else None
    name = ".".join(map(quoted, parts)) if plain is None else _TYPE_NAMES.get(plain, quoted(plain))
    if plain == "interval" and "typmods" in body:
        return None
    modifiers = [literal(modifier) for modifier in body.get("typmods", ())]
    if None in modifiers:
        return None
    if modifiers:
        head, _, zone = name.partition(" with ")
        name = f"{head}({', '.join(map(str, modifiers))}){' with ' + zone if zone else ''}"
    return name + "[]" * len(body.get("arrayBounds", ()))


def _column(body: Node, name_of: NameOf) -> str | None:
    named = name_of(body)
    return quoted(named[0]) if named is not None else None


def _constant(body: Node, _: NameOf) -> str | None:
    if body.get("isnull"):
        return "NULL"
    if "sval" in body:
        return _string(body["sval"].get("sval", ""))
    if "boolval" in body:
        return "true" if body["boolval"].get("boolval") else "false"
    if "fval" in body:
        return str(body["fval"].get("fval", "0"))
    if "ival" in body:
        return str(body["ival"].get("ival", 0))
    return None


def _string(value: str) -> str:
    quoted_value = "'" + value.replace("'", "''") + "'"
    return quoted_value if "\\" not in value else "E" + quoted_value.replace("\\", "\\\\")


def _cast(body: Node, name_of: NameOf) -> str | None:
    type_name = type_sql(body["typeName"])
    arg = write(body["arg"], name_of)
    if type_name is None or arg is None:
        return None
    if type_name == "boolean" and arg in ("'t'", "'f'"):
        return "true" if arg == "'t'" else "false"
    if type_name == "text" and _is_text(body["arg"], name_of):
        return arg
    return f"{_operand(arg, body['arg'])}::{type_name}"


def _is_text(node: Node, name_of: NameOf) -> bool:
    if "ColumnRef" in node:
        named = name_of(node["ColumnRef"])
        return named is not None and named[1]
    return "sval" in node.get("A_Const", {})


def _call(body: Node, name_of: NameOf) -> str | None:
    if any(
        body.get(field) for field in ("over", "agg_star", "agg_distinct", "agg_order", "agg_filter", "func_variadic")
    ):
        return None
    function = names(body["funcname"])
    args = [write(arg, name_of) for arg in body.get("args", ())]
    if any(arg is None for arg in args):
        return None
    written = [str(arg) for arg in args]
    if function == ["pg_catalog", "extract"] and len(written) == 2:
        return f"EXTRACT({written[0].strip(chr(39))} FROM {written[1]})"
    if function == ["pg_catalog", "timezone"]:
        function = ["timezone"]
    return f"{'.'.join(map(quoted, function))}({', '.join(written)})"


def _operation(body: Node, name_of: NameOf) -> str | None:
    if body.get("kind") != "AEXPR_OP" or "rexpr" not in body:
        return None
    right = write(body["rexpr"], name_of)
    left = write(body["lexpr"], name_of) if "lexpr" in body else ""
    operator = names(body["name"])
    if left is None or right is None or len(operator) != 1:
        return None
    if not left:
        return f"{operator[0]}{_operand(right, body['rexpr'])}"
    return f"{_operand(left, body['lexpr'])} {operator[0]} {_operand(right, body['rexpr'])}"


def _operand(sql: str, node: Node) -> str:
    simple = {"A_Const", "ColumnRef", "FuncCall", "CoalesceExpr", "MinMaxExpr"}
    kind = next(iter(node))
    if kind in simple or (kind == "TypeCast" and "::" not in sql) or re.fullmatch(r"\w+", sql):
        return sql
    return f"({sql})"


def _list_call(name: str) -> Callable[[Node, NameOf], str | None]:
    def writer(body: Node, name_of: NameOf) -> str | None:
        args = [write(arg, name_of) for arg in body["args"]]
        return None if any(arg is None for arg in args) else f"{name}({', '.join(str(arg) for arg in args)})"

    return writer


def _greatest(body: Node, name_of: NameOf) -> str | None:
    return _list_call("GREATEST" if body.get("op") == "IS_GREATEST" else "LEAST")(body, name_of)


_WRITERS: dict[str, Callable[[Any, NameOf], str | None]] = {
    "A_Const": _constant,
    "A_Expr": _operation,
    "CoalesceExpr": _list_call("COALESCE"),
    "ColumnRef": _column,
    "FuncCall": _call,
    "MinMaxExpr": _greatest,
    "TypeCast": _cast,
}
