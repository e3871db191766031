"""The share of rows that a value selects, as the planner estimates it."""

import pytest

from celeriac.statements.catalog.tables import Column
from celeriac.statements.parameters import selectivity
from celeriac.statements.parameters.selectivity import DEFAULT_EQUAL, equal, order_key, quantile, uncommon_share

ROWS = 1000.0


def test_nothing_is_known_of_a_column_that_was_never_analyzed() -> None:
    never = Column("status", "text")
    assert equal(never, "done", ROWS) == DEFAULT_EQUAL
    assert quantile(never, 0.5) is None


def test_a_common_value_has_the_share_that_was_counted() -> None:
    column = Column("status", "text", distinct=2, common_values=("done", "new"), common_shares=(0.7, 0.3))
    assert equal(column, "done", ROWS) == 0.7


def test_values_that_are_not_common_share_the_rest_less_the_nulls() -> None:
    column = Column(
        "status", "text", distinct=11, null_fraction=0.1, common_values=("done",), common_shares=(0.6,)
    )  # fmt: skip
    assert equal(column, "rare", ROWS) == pytest.approx(0.3 / 10)


def test_an_unknown_value_of_a_complete_list_is_no_commoner_than_the_rarest() -> None:
    column = Column("status", "text", distinct=2, common_values=("done", "new"), common_shares=(0.7, 0.3))
    assert uncommon_share(column, ROWS) == 0.3


def test_distinct_values_may_be_a_share_of_the_rows() -> None:
    assert selectivity.distinct_values(Column("id", "bigint", distinct=-0.5), ROWS) == 500
    assert equal(Column("id", "bigint", distinct=-1), "7", ROWS) == pytest.approx(1 / ROWS)


@pytest.mark.parametrize(("fraction", "value"), [(0.0, "1"), (0.5, "20"), (1.0, "300")])
def test_a_histogram_tells_what_lies_below(fraction: float, value: str) -> None:
    assert quantile(Column("n", "integer", histogram=("1", "20", "300")), fraction) == value


@pytest.mark.parametrize(("fraction", "value"), [(0.05, "2"), (0.5, "10"), (0.95, "30"), (1.5, "30")])
def test_common_values_stand_in_for_a_histogram_in_the_order_of_numbers(fraction: float, value: str) -> None:
    column = Column("n", "integer", common_values=("10", "2", "30"), common_shares=(0.6, 0.2, 0.1))
    assert quantile(column, fraction) == value


def test_numbers_sort_as_numbers_and_before_words() -> None:
    assert sorted(["word", "10", "9"], key=order_key) == ["9", "10", "word"]
