import pytest

from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.sizes import estimate_bytes, guessed_joint_distinct
from celeriac.statements.catalog.tables import Column, Table

ROWS = 1_000_000
TABLE = Table(
    1,
    "public",
    "events",
    "r",
    ROWS,
    20_000,
    columns=(
        Column("id", "bigint", average_width=8, distinct=-1.0),
        Column("kind", "text", average_width=8, distinct=5),
        Column("parent", "bigint", average_width=8, distinct=-0.25),
        Column("price", "numeric(10,2)", average_width=5, distinct=5),
        Column("gone", "date", average_width=4, distinct=10, null_fraction=0.99),
        Column("document", "jsonb", average_width=200, distinct=-1.0),
    ),
)
MB = 1_000_000


def size(*columns: str, **options) -> int:
    include, method = options.pop("include", ()), options.pop("method", "btree")
    definition = IndexDefinition("public", "events", tuple(map(KeyPart, columns)), include, None, method)
    return estimate_bytes(definition, TABLE, **options)


@pytest.mark.parametrize(("columns", "megabytes"), [(("id",), 22.5), (("kind",), 6.9), (("gone",), 6.9)])
def test_sizes_are_those_of_indexes_built_on_a_real_server(columns, megabytes):
    assert size(*columns) == pytest.approx(megabytes * MB, rel=0.05)


def test_equal_keys_share_a_list_unless_columns_are_included_or_the_type_forbids():
    assert size("kind") < 0.4 * size("kind", deduplicated=False)
    assert size("kind", include=("gone",)) > 2 * size("kind")
    assert size("price") == size("price", deduplicated=False)


def test_few_rows_a_key_share_less():
    assert size("kind") < size("parent") < size("id")


def test_a_partial_index_holds_its_share():
    assert size("id", rows_share=0.02) == pytest.approx(0.02 * size("id"), rel=0.05)


def test_combinations_are_guessed_as_the_planner_does_or_known():
    assert guessed_joint_distinct(TABLE, ("kind", "price")) == 25
    assert guessed_joint_distinct(TABLE, ("id", "kind")) == ROWS
    assert size("kind", "parent", joint_distinct=lambda _: 25.0) < size("kind", "parent")


def test_brin_is_tiny_and_gin_counts_keys():
    assert size("id", method="brin") < 100_000
    assert size("document", method="gin") > size("id")


def test_an_empty_table_still_has_a_page():
    empty = Table(2, "public", "empty", "r", 0, 0, columns=(Column("id", "bigint"),))
    assert estimate_bytes(IndexDefinition("public", "empty", (KeyPart("id"),)), empty) == 16_384
