"""A shop's catalog made by hand, and the uses of a statement in one line each."""

from collections.abc import Callable

import pytest

from celeriac.statements.catalog.tables import AGGREGATES, Catalog, Column, Table
from celeriac.statements.parsed import ColumnUse, NotUnderstood, ParsedStatement
from celeriac.statements.parsing import parse


def table(table_name: str, /, **types: str) -> Table:
    columns = tuple(Column(column, type_name) for column, type_name in types.items())
    return Table(1, "public", table_name, "r", 1000, 10, columns)


TABLES = (
    table("users", id="bigint", email="character varying(64)", name="text", active="boolean", data="jsonb",
          tags="text[]", created_at="timestamp without time zone"),
    table("orders", id="bigint", user_id="bigint", total="numeric", status="text", created_at="date"),
    table("items", order_id="bigint", product_id="bigint", qty="integer"),
    table("products", product_id="bigint", title="text"),
    table("Mixed Case", Id="bigint", order="text"),
)  # fmt: skip
SHOP = Catalog(
    tables={(one.schema, one.name): one for one in TABLES},
    views={
        ("public", "spending"): "SELECT u.id, u.email, o.total FROM users u JOIN orders o ON o.user_id = u.id",
        ("public", "large"): "SELECT email FROM spending WHERE total > 100",
        ("public", "endless"): "SELECT * FROM endless",
    },
    server_version=150000,
    unindexable_functions=AGGREGATES | {"random"},
)

Uses = Callable[[str], list[str]]
Understood = Callable[..., ParsedStatement]


def read(text: str, catalog: Catalog = SHOP) -> ParsedStatement:
    parsed = parse(text, catalog)
    assert not isinstance(parsed, NotUnderstood), parsed.reason
    return parsed


def shown(alias: str, use: ColumnUse, aliases: list[str]) -> str:
    parts = [f"{alias}.{use.column}" if not use.is_expression else f"{alias}: {use.column}", use.clause]
    value = f"${use.parameter}" if use.parameter else use.constant
    parts += [str(part) for part in (use.operator, value) if part and use.operator != "="] or [str(value)] * bool(value)
    parts += [f"{aliases[use.partner[0]]}.{use.partner[1]}"] if use.partner else []
    parts += ["desc"] * use.descending + ([] if use.nulls_first is None else [f"nulls_first={use.nulls_first}"])
    return " ".join(parts) + ("" if use.conjunct else " maybe")


@pytest.fixture
def shop() -> Catalog:
    return SHOP


@pytest.fixture
def understood() -> Understood:
    """Reads a statement that must be understood, on the shop's catalog unless another is given."""
    return read


@pytest.fixture
def uses() -> Uses:
    """All uses but the plainly returned columns, as `alias.column clause …`."""

    def lines(text: str) -> list[str]:
        relations = read(text).relations
        aliases = [relation.alias for relation in relations]
        return [
            shown(relation.alias, use, aliases)
            for relation in relations
            for use in relation.uses
            if use.clause != "returned" or use.operator
        ]

    return lines


@pytest.fixture
def returned() -> Uses:
    """The plainly returned columns, as `alias.column`."""
    return lambda text: [
        f"{relation.alias}.{use.column}"
        for relation in read(text).relations
        for use in relation.uses
        if use.clause == "returned" and not use.operator
    ]
