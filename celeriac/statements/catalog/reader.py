"""Read the catalog in seven queries, however many tables there are: one per table would take minutes on a large schema.

https://www.postgresql.org/docs/current/view-pg-stats.html
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping

from celeriac import sql
from celeriac.statements.catalog.roles import Settings, by_role
from celeriac.statements.catalog.tables import Catalog, Column, ExistingIndex, Table
from celeriac.statements.parsing.expressions import canonical_expression, is_text

Value = TypeVar("Value")

_HISTOGRAM_BOUNDS = 51
"""Kept per column: steps of two percent decide between plans as well as steps of one, at half the memory."""


def read_catalog(connection: Connection) -> Catalog:
    """Return every table outside the system schemas with its columns, statistics and indexes.

    Statistics of columns that the role may not read are missing, as in `pg_stats`.
    """
    session = _rows(connection, "session")[0]
    of_tables, of_indexes = _parted(_rows(connection, "columns"))
    columns = _grouped((row["oid"], _column(row, row["name"])) for row in of_tables)
    texts = {oid: frozenset(c.name for c in group if is_text(c.type)) for oid, group in columns.items()}
    expressions = _grouped(
        (row["oid"], _column(row, canonical_expression(row["name"], texts[row["table_oid"]]))) for row in of_indexes
    )
    indexes = _grouped((row["table_oid"], _index(row, texts[row["table_oid"]])) for row in _rows(connection, "indexes"))
    foreign_keys = _grouped(
        (row["table_oid"], (tuple(row["columns"]), row["referenced"])) for row in _rows(connection, "foreign_keys")
    )
    rows = _with_partitions(_rows(connection, "tables"))
    tables = (
        Table(
            **row,
            columns=columns[row["oid"]],
            indexes=indexes[row["oid"]],
            foreign_keys=foreign_keys[row["oid"]],
            expressions=_distinct(expressions[index.oid] for index in indexes[row["oid"]] if index.oid in expressions),
        )
        for row in rows
    )
    return Catalog(
        tables={(table.schema, table.name): table for table in tables},
        views={(row["schema"], row["name"]): row["definition"] for row in _rows(connection, "views")},
        search_path=tuple(session["search_path"]),
        path=session["path"],
        roles=_others(by_role((row["role"], row["name"], row["value"]) for row in _rows(connection, "roles")), session),
        server_version=sql.server_version(connection),
        block_size=session["block_size"],
        unindexable_functions=frozenset(session["unindexable_functions"]),
        changing_calls=frozenset(session["changing_calls"]),
    )


def _others(roles: dict[str, Settings], session: RowMapping) -> dict[str, Settings]:
    """Leave out our own role: what is set for it holds in this session already."""
    return {role: settings for role, settings in roles.items() if role != session["role"]}


def _rows(connection: Connection, name: str) -> Sequence[RowMapping]:
    return connection.execute(sql.load(__file__, f"catalog_{name}")).mappings().all()


def _grouped(pairs: Iterable[tuple[int, Value]]) -> Mapping[int, tuple[Value, ...]]:
    groups: defaultdict[int, list[Value]] = defaultdict(list)
    for oid, value in pairs:
        groups[oid].append(value)
    return defaultdict(tuple, {oid: tuple(values) for oid, values in groups.items()})


def _parted(rows: Iterable[RowMapping]) -> tuple[list[RowMapping], list[RowMapping]]:
    """Part the columns of tables from the expressions of indexes."""
    of_tables: list[RowMapping] = []
    of_indexes: list[RowMapping] = []
    for row in rows:
        (of_indexes if row["is_expression"] else of_tables).append(row)
    return of_tables, of_indexes


def _column(row: RowMapping, name: str) -> Column:
    return Column(
        name=name,
        type=row["type"],
        collation_is_c=row["collation_is_c"],
        not_null=row["not_null"],
        average_width=row["average_width"],
        distinct=row["distinct"],
        null_fraction=row["null_fraction"],
        correlation=row["correlation"],
        common_values=_values(row["common_values"]),
        common_shares=tuple(row["common_shares"] or ()),
        histogram=_thinned(_values(row["histogram"])),
        common_elements=_values(row["common_elements"]),
    )


def _values(values: Sequence[str | None] | None) -> tuple[str, ...]:
    return tuple(value for value in values or () if value is not None)


def _thinned(bounds: tuple[str, ...]) -> tuple[str, ...]:
    """Keep evenly spaced bounds of a histogram, both ends among them."""
    if len(bounds) <= _HISTOGRAM_BOUNDS:
        return bounds
    step = (len(bounds) - 1) / (_HISTOGRAM_BOUNDS - 1)
    return tuple(bounds[round(place * step)] for place in range(_HISTOGRAM_BOUNDS))


def _index(row: RowMapping, text_columns: frozenset[str]) -> ExistingIndex:
    columns = [
        canonical_expression(column, text_columns) if is_expression else column
        for column, is_expression in zip(row["columns"], row["are_expressions"], strict=True)
    ]
    same = ("oid", "name", "method", "where", "ddl", "unique", "primary", "backs_constraint", "valid", "size_bytes")
    return ExistingIndex(
        key=tuple(columns[: row["keys"]]),
        include=tuple(columns[row["keys"] :]),
        scans=row["scans"] or 0,
        **{name: row[name] for name in same},
    )


def _with_partitions(rows: Sequence[RowMapping]) -> list[dict[str, Any]]:
    """Give partitioned tables, which hold nothing themselves, the rows and pages of what lies below them."""
    tables = {row["oid"]: dict(row) for row in rows}
    for row in rows:
        if row["kind"] == "p":
            continue
        above = tables.get(row["parent_oid"])
        while above is not None:
            above["below"] = above.get("below", 0.0) + max(row["rows"], 0.0)
            above["pages"] += row["pages"]
            above = tables.get(above["parent_oid"])
    for table in tables.values():
        below = table.pop("below", 0.0)
        table["rows"] = max(table["rows"], below)
    return list(tables.values())


def _distinct(groups: Iterable[tuple[Column, ...]]) -> tuple[Column, ...]:
    return tuple({column.name: column for group in groups for column in group}.values())
